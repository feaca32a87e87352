/* SPDX-License-Identifier: MIT */
#include "paths.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "large.h"

/* Of a parent: it is the number of a root edge. */
#define ROOT_EDGE (1u << 31)

#define AHEAD 8

struct paths_place {
	uint32_t parent; /* an edge; or a root edge, with the top bit; or BLOCKS_NONE */
	uint32_t depth; /* blocks in the chain, itself included */
};

/* Ranks of chains, best first. All of those before RANK_ANY follow pointers to starts alone. */
enum rank { RANK_STRONG, RANK_WEAK, RANK_ANY, RANK_LOST, RANK_COUNT };

/*
 * Blocks in the order in which they are met, that is of each rank those with the shortest chains
 * first. A rank has the blocks from its begin to the next one's.
 */
struct search {
	struct paths *paths;
	const struct graph *graph;
	uint32_t *queue;
	uint32_t count;
	uint32_t begin[RANK_COUNT + 1];
};

static void reach(struct search *s, uint32_t block, uint32_t parent, uint32_t depth,
		  uint32_t root_edge)
{
	if (s->paths->places[block].depth)
		return;
	s->paths->root_edges[block] = root_edge;
	s->paths->places[block] = (struct paths_place){parent, depth};
	s->queue[s->count++] = block;
}

static void follow(struct search *s, uint32_t block, bool starts_only)
{
	const struct graph *graph = s->graph;
	uint32_t depth = s->paths->places[block].depth + 1;
	uint32_t root_edge = s->paths->root_edges[block];

	for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
		if (!starts_only || graph_is_start(graph->edges[i]))
			reach(s, graph_block_of(graph->edges[i]), i, depth, root_edge);
	}
}

static void enter(struct search *s, enum rank rank, bool weak)
{
	for (uint32_t i = 0; i < s->graph->root_edge_count; i++) {
		const struct graph_root_edge *edge = &s->graph->root_edges[i];

		if (graph_root_is_last(s->graph, edge->root) == weak &&
		    (rank == RANK_ANY || graph_is_start(edge->target)))
			reach(s, graph_block_of(edge->target), i | ROOT_EDGE, 1, i);
	}
}

/* Three steps that depend on each other: where the edges of a block are, what they are, and what is
 * known of their targets. */
static void prefetch_ahead(const struct search *s, uint32_t at)
{
	const struct graph *graph = s->graph;
	uint32_t first, end;

	if (at + 3 * AHEAD >= s->count)
		return;
	__builtin_prefetch(&graph->edge_start[s->queue[at + 3 * AHEAD]]);
	__builtin_prefetch(&graph->edges[graph->edge_start[s->queue[at + 2 * AHEAD]]]);
	first = graph->edge_start[s->queue[at + AHEAD]];
	end = graph->edge_start[s->queue[at + AHEAD] + 1];
	for (uint32_t i = first; i < end && i < first + AHEAD; i++)
		__builtin_prefetch(&s->paths->places[graph_block_of(graph->edges[i])], 1);
}

static void search_starts(struct search *s, enum rank rank)
{
	s->begin[rank] = s->count;
	enter(s, rank, rank == RANK_WEAK);
	for (uint32_t at = s->begin[rank]; at < s->count; at++) {
		prefetch_ahead(s, at);
		follow(s, s->queue[at], true);
	}
}

static bool get_bit(const uint64_t *bits, uint32_t block)
{
	return bits[block / 64] >> block % 64 & 1;
}

/* Bits by block: it points to some that only a pointer inside leads to. */
static uint64_t *find_borders(const struct search *s)
{
	const struct graph *graph = s->graph;
	const struct paths_place *places = s->paths->places;
	uint64_t *borders = xcalloc((size_t)graph->block_count / 64 + 1, sizeof *borders);

	for (uint32_t block = 0; block < graph->block_count; block++) {
		if (!places[block].depth)
			continue;
		for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
			if (!graph_is_start(graph->edges[i]) &&
			    !places[graph_block_of(graph->edges[i])].depth)
				borders[block / 64] |= 1ull << block % 64;
		}
	}
	return borders;
}

/* The queue among those of the ranks that has the block with the shortest chain at its head;
 * RANK_LOST if all are empty. */
static enum rank nearest(const struct search *s, const uint32_t *next)
{
	const struct paths_place *places = s->paths->places;
	enum rank best = RANK_LOST;

	for (enum rank rank = 0; rank < RANK_LOST; rank++) {
		uint32_t end = rank == RANK_ANY ? s->count : s->begin[rank + 1];

		if (next[rank] < end &&
		    (best == RANK_LOST ||
		     places[s->queue[next[rank]]].depth < places[s->queue[next[best]]].depth))
			best = rank;
	}
	return best;
}

/* From what is reached so far, and roots. Chains are to be the shortest, so that queues of all ranks
 * are merged. */
static void search_any(struct search *s)
{
	uint64_t *borders;
	uint32_t next[RANK_LOST];
	enum rank rank;

	s->begin[RANK_ANY] = s->count;
	if (!s->graph->pointers[GRAPH_INTERIOR])
		return;
	borders = find_borders(s);
	enter(s, RANK_ANY, false);
	enter(s, RANK_ANY, true);
	memcpy(next, s->begin, sizeof next);
	for (;;) {
		for (rank = 0; rank < RANK_ANY; rank++) {
			while (next[rank] < s->begin[rank + 1] &&
			       !get_bit(borders, s->queue[next[rank]]))
				next[rank]++;
		}
		rank = nearest(s, next);
		if (rank == RANK_LOST)
			break;
		prefetch_ahead(s, next[rank]);
		follow(s, s->queue[next[rank]++], false);
	}
	free(borders);
}

static void search_lost(struct search *s, const struct mark *mark)
{
	if (s->count == s->graph->block_count)
		return;
	s->begin[RANK_LOST] = s->count;
	for (uint32_t i = 0; i < s->graph->block_count; i++) {
		if (mark->kinds[i] == MARK_DIRECT)
			reach(s, i, BLOCKS_NONE, 1, BLOCKS_NONE);
	}
	for (uint32_t at = s->begin[RANK_LOST]; at < s->count; at++) {
		prefetch_ahead(s, at);
		follow(s, s->queue[at], false);
	}
}

void paths_init(struct paths *paths, const struct graph *graph, const struct mark *mark)
{
	struct search s = {.paths = paths, .graph = graph};

	*paths = (struct paths){
		.graph = graph,
		.root_edges = large_new(graph->block_count, sizeof *paths->root_edges),
		.places = large_new(graph->block_count, sizeof *paths->places),
	};
	s.queue = large_new(graph->block_count, sizeof *s.queue);
	search_starts(&s, RANK_STRONG);
	search_starts(&s, RANK_WEAK);
	search_any(&s);
	search_lost(&s, mark);
	assert(s.count == graph->block_count);
	free(s.queue);
}

uint32_t paths_length(const struct paths *paths, uint32_t block)
{
	return paths->places[block].depth;
}

/* What points to the block in its chain: false if that is no block. */
static bool step_back(const struct paths *paths, uint32_t block, struct paths_step *step)
{
	uint32_t parent = paths->places[block].parent;

	if (parent == BLOCKS_NONE || parent & ROOT_EDGE)
		return false;
	*step = (struct paths_step){
		.block = graph_edge_source(paths->graph, parent),
		.offset = graph_edge_offset(paths->graph, parent),
	};
	return true;
}

static enum graph_how how_of(const struct paths *paths, uint32_t block)
{
	uint32_t parent = paths->places[block].parent;

	if (parent == BLOCKS_NONE)
		return GRAPH_START;
	return graph_how_of(parent & ROOT_EDGE
				    ? paths->graph->root_edges[parent & ~ROOT_EDGE].target
				    : paths->graph->edges[parent]);
}

uint32_t paths_get(const struct paths *paths, uint32_t block, struct paths_step *steps,
		   uint32_t max, const struct graph_root_edge **root)
{
	uint32_t length = paths->places[block].depth;
	uint32_t count = length < max ? length : max;
	struct paths_step step = {.block = block};
	uint32_t left = length, parent;

	/* From the end: the last ones, then none until the first. */
	do {
		step.how = how_of(paths, step.block);
		left--;
		if (!left)
			steps[0] = step;
		else if (length - left < max)
			steps[count - (length - left)] = step;
	} while (step_back(paths, step.block, &step));
	parent = paths->places[step.block].parent;
	*root = parent == BLOCKS_NONE ? NULL : &paths->graph->root_edges[parent & ~ROOT_EDGE];
	return count;
}

void paths_release(struct paths *paths)
{
	free(paths->root_edges);
	free(paths->places);
	*paths = (struct paths){0};
}
