/* SPDX-License-Identifier: MIT */
#include "preorder.h"

#include <stdlib.h>

#include "../util/array.h"
#include "large.h"

/* Accesses that are on their way at a time, in each of the steps that depend on each other. */
#define AHEAD 16
/* Edges of a block that are looked at before it is their turn. */
#define EDGES_AHEAD 8

struct walk {
	const struct graph *graph;
	struct preorder *preorder;
	uint32_t *edges; /* by number: the next edge to follow */
};

static uint32_t enter(struct walk *w, uint32_t block, uint32_t parent)
{
	const struct graph *graph = w->graph;
	uint32_t number = w->preorder->count++;
	uint32_t first = graph->edge_start[block], end = graph->edge_start[block + 1];

	w->preorder->numbers[block] = number;
	w->preorder->blocks[number] = block;
	w->preorder->parents[number] = parent;
	w->edges[number] = first;
	for (uint32_t i = first; i < end && i < first + EDGES_AHEAD; i++) {
		uint32_t target = graph_block_of(graph->edges[i]);

		__builtin_prefetch(&w->preorder->numbers[target]);
		__builtin_prefetch(&graph->edge_start[target]);
	}
	return number;
}

/* The way back is the parents. */
static void walk_from(struct walk *w, uint32_t block)
{
	const struct graph *graph = w->graph;
	const uint32_t *numbers = w->preorder->numbers;
	uint32_t at = enter(w, block, 0);

	while (at) {
		uint32_t end = graph->edge_start[w->preorder->blocks[at] + 1];
		uint32_t edge = w->edges[at];

		while (edge < end && numbers[graph_block_of(graph->edges[edge])])
			edge++;
		w->edges[at] = edge + 1;
		at = edge < end ? enter(w, graph_block_of(graph->edges[edge]), at)
				: w->preorder->parents[at];
	}
}

static uint32_t number_of(const struct preorder *preorder, const struct graph *graph, uint32_t edge)
{
	return preorder->numbers[graph_block_of(graph->edges[edge])];
}

/* Starts become ends: filling in counts them down. */
static void count_predecessors(struct preorder *preorder, const struct graph *graph)
{
	uint32_t *ends = preorder->predecessor_start;
	uint32_t sum = 0;

	for (uint32_t block = 0; block < graph->block_count; block++) {
		if (!preorder->numbers[block])
			continue;
		for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
			if (i + 2 * AHEAD < graph->edge_count) {
				__builtin_prefetch(&preorder->numbers[graph_block_of(
					graph->edges[i + 2 * AHEAD])]);
				__builtin_prefetch(&ends[number_of(preorder, graph, i + AHEAD)]);
			}
			ends[number_of(preorder, graph, i)]++;
		}
	}
	for (uint32_t number = 0; number <= preorder->count; number++) {
		sum += ends[number];
		ends[number] = sum;
	}
	preorder->predecessors = large_new(sum, sizeof *preorder->predecessors);
}

static void fill_predecessors(struct preorder *preorder, const struct graph *graph)
{
	uint32_t *ends = preorder->predecessor_start;

	for (uint32_t block = 0; block < graph->block_count; block++) {
		uint32_t number = preorder->numbers[block];

		if (!number)
			continue;
		for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
			if (i + 3 * AHEAD < graph->edge_count) {
				uint32_t near = ends[number_of(preorder, graph, i + AHEAD)];

				__builtin_prefetch(&preorder->numbers[graph_block_of(
					graph->edges[i + 3 * AHEAD])]);
				__builtin_prefetch(
					&ends[number_of(preorder, graph, i + 2 * AHEAD)]);
				__builtin_prefetch(preorder->predecessors + near, 1);
			}
			preorder->predecessors[--ends[number_of(preorder, graph, i)]] = number;
		}
	}
}

void preorder_init(struct preorder *preorder, const struct graph *graph)
{
	size_t room = (size_t)graph->block_count + 1;
	struct walk walk = {.graph = graph, .preorder = preorder};

	*preorder = (struct preorder){
		.count = 1,
		.numbers = large_new(room, sizeof *preorder->numbers),
		.blocks = large_new(room, sizeof *preorder->blocks),
		.parents = large_new(room, sizeof *preorder->parents),
		.spare = large_new(room, sizeof *preorder->spare),
	};
	preorder->blocks[0] = BLOCKS_NONE;
	walk.edges = preorder->spare;
	for (uint32_t i = 0; i < graph->root_edge_count; i++) {
		uint32_t block = graph_block_of(graph->root_edges[i].target);

		if (!preorder->numbers[block])
			walk_from(&walk, block);
	}
	preorder->predecessor_start = large_new((size_t)preorder->count + 1,
						sizeof *preorder->predecessor_start);
	count_predecessors(preorder, graph);
	fill_predecessors(preorder, graph);
}

void preorder_release(struct preorder *preorder)
{
	free(preorder->numbers);
	free(preorder->blocks);
	free(preorder->parents);
	free(preorder->spare);
	free(preorder->predecessor_start);
	free(preorder->predecessors);
	*preorder = (struct preorder){0};
}
