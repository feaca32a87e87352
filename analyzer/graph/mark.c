/* SPDX-License-Identifier: MIT */
#include "mark.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "components.h"
#include "cycles.h"
#include "large.h"

/* Before anything is known of a block, it counts as lost. */
#define MARK_UNKNOWN MARK_DIRECT
_Static_assert(MARK_UNKNOWN == 0, "kinds start zeroed");

/* Look-ups that are on their way at a time. */
#define AHEAD 8

/* Blocks that were met, each once, in this order; edges of those from `next` on are to be followed. A
 * queue and not a stack because it tells early what will be looked at. */
struct pending {
	uint32_t *blocks;
	uint32_t count, next;
};

static void push(struct pending *pending, uint32_t block)
{
	pending->blocks[pending->count++] = block;
}

/* Takes one out. Two steps that depend on each other: where the edges are, and what they are. */
static uint32_t pop(struct pending *pending, const struct graph *graph)
{
	uint32_t at = pending->next++;

	if (at + 2 * AHEAD < pending->count) {
		const uint32_t *ahead = pending->blocks + at;

		__builtin_prefetch(&graph->edge_start[ahead[2 * AHEAD]]);
		__builtin_prefetch(&graph->edges[graph->edge_start[ahead[AHEAD]]]);
	}
	return pending->blocks[at];
}

static void reach(struct mark *mark, struct pending *pending, uint32_t block, enum mark_kind kind)
{
	if (mark->kinds[block] != MARK_UNKNOWN)
		return;
	mark->kinds[block] = (uint8_t)kind;
	push(pending, block);
}

/* Follows edges, only those to starts or all of them, until nothing new is met. */
static void spread(struct mark *mark, const struct graph *graph, struct pending *pending,
		   enum mark_kind kind)
{
	while (pending->next < pending->count) {
		uint32_t block = pop(pending, graph);

		for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
			graph_target target = graph->edges[i];

			if (kind == MARK_POSSIBLE || graph_is_start(target))
				reach(mark, pending, graph_block_of(target), kind);
		}
	}
}

static void mark_reachable(struct mark *mark, const struct graph *graph, struct pending *pending)
{
	for (uint32_t i = 0; i < graph->root_edge_count; i++) {
		if (graph_is_start(graph->root_edges[i].target))
			reach(mark, pending, graph_block_of(graph->root_edges[i].target),
			      MARK_REACHABLE);
	}
	spread(mark, graph, pending, MARK_REACHABLE);
}

/* What pointers inside lead to: those of roots, and of blocks that are reachable. */
static void mark_possible(struct mark *mark, const struct graph *graph, struct pending *pending)
{
	if (!graph->pointers[GRAPH_INTERIOR])
		return;
	for (uint32_t i = 0; i < graph->root_edge_count; i++)
		reach(mark, pending, graph_block_of(graph->root_edges[i].target), MARK_POSSIBLE);
	for (uint32_t block = 0; block < graph->block_count; block++) {
		if (mark->kinds[block] != MARK_REACHABLE)
			continue;
		for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
			if (!graph_is_start(graph->edges[i]))
				reach(mark, pending, graph_block_of(graph->edges[i]),
				      MARK_POSSIBLE);
		}
	}
	spread(mark, graph, pending, MARK_POSSIBLE);
}

/* A component that another one points to is held; of the others the first block leads. */
static void choose_leaders(struct mark *mark, const struct graph *graph,
			   const struct components *components)
{
	const uint32_t *of = components->of_block;
	bool *settled = large_new(components->count, sizeof *settled); /* held, or has its leader */

	for (uint32_t block = 0; block < graph->block_count; block++) {
		if (of[block] == COMPONENTS_NONE)
			continue;
		for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
			uint32_t target = of[graph_block_of(graph->edges[i])];

			if (target != of[block] && target != COMPONENTS_NONE)
				settled[target] = true;
		}
	}
	for (uint32_t block = 0; block < graph->block_count; block++) {
		if (of[block] == COMPONENTS_NONE)
			continue;
		mark->kinds[block] = settled[of[block]] ? MARK_INDIRECT : MARK_DIRECT;
		settled[of[block]] = true;
	}
	free(settled);
}

static void own(struct mark *mark, const struct graph *graph, struct pending *pending,
		uint32_t leader)
{
	struct mark_leader sum = {.block = leader};

	mark->owners[leader] = leader;
	push(pending, leader);
	while (pending->next < pending->count) {
		uint32_t block = pop(pending, graph);

		for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
			uint32_t target = graph_block_of(graph->edges[i]);

			if (mark->kinds[target] != MARK_INDIRECT ||
			    mark->owners[target] != BLOCKS_NONE)
				continue;
			mark->owners[target] = leader;
			sum.indirect_blocks++;
			sum.indirect_bytes += graph->blocks[target].size;
			push(pending, target);
		}
	}
	if (!sum.indirect_blocks)
		return;
	ARRAY_GROW(mark->leaders, (size_t)mark->leader_count + 1, mark->leader_capacity);
	mark->leaders[mark->leader_count++] = sum;
}

static void sum_up(struct mark *mark, const struct graph *graph)
{
	for (uint32_t i = 0; i < graph->block_count; i++) {
		struct mark_sum *sum = &mark->sums[mark->kinds[i]];

		sum->blocks++;
		sum->bytes += graph->blocks[i].size;
	}
}

void mark_init(struct mark *mark, const struct graph *graph, uint32_t cycles_max)
{
	struct pending pending = {0};
	struct components components = {0};

	*mark = (struct mark){.kinds = large_new(graph->block_count, sizeof *mark->kinds)};
	pending.blocks = large_new(graph->block_count, sizeof *pending.blocks);
	mark_reachable(mark, graph, &pending);
	mark_possible(mark, graph, &pending);
	if (memchr(mark->kinds, MARK_UNKNOWN, graph->block_count)) {
		components_init(&components, graph, mark->kinds, MARK_UNKNOWN);
		choose_leaders(mark, graph, &components);
		cycles_find(mark, graph, &components, cycles_max);
		components_release(&components);
		mark->owners = large_new(graph->block_count, sizeof *mark->owners);
		memset(mark->owners, 0xff, graph->block_count * sizeof *mark->owners);
		for (uint32_t i = 0; i < graph->block_count; i++) {
			if (mark->kinds[i] == MARK_DIRECT)
				own(mark, graph, &pending, i);
		}
	}
	sum_up(mark, graph);
	free(pending.blocks);
}

static int compare_leaders(const void *a, const void *b)
{
	uint32_t x = ((const struct mark_leader *)a)->block;
	uint32_t y = ((const struct mark_leader *)b)->block;

	return (x > y) - (x < y);
}

struct mark_sum mark_owned(const struct mark *mark, uint32_t block)
{
	const struct mark_leader key = {.block = block};
	const struct mark_leader *leader = mark->leader_count ? bsearch(&key, mark->leaders,
									mark->leader_count,
									sizeof key, compare_leaders)
							      : NULL;

	if (!leader)
		return (struct mark_sum){0};
	return (struct mark_sum){.blocks = leader->indirect_blocks,
				 .bytes = leader->indirect_bytes};
}

void mark_release(struct mark *mark)
{
	free(mark->kinds);
	free(mark->owners);
	free(mark->leaders);
	free(mark->cycles);
	free(mark->cycle_members);
	*mark = (struct mark){0};
}
