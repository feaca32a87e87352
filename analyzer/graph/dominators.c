/* SPDX-License-Identifier: MIT */
#include "dominators.h"

#include <stdlib.h>

#include "../util/array.h"
#include "large.h"
#include "preorder.h"

#define AHEAD 16

/* Of a number whose edges have been looked at: a compressed path up the tree of the search. */
struct link {
	uint32_t ancestor;
	uint32_t label; /* least semidominator on the path to there, the ancestor left out */
};

struct path {
	uint32_t *numbers;
	size_t count, capacity;
};

/* The least semidominator of the linked ones from `number` up, all of which are above `limit`. */
static uint32_t evaluate(struct link *links, struct path *path, uint32_t number, uint32_t limit)
{
	uint32_t at = number;

	while (links[at].ancestor > limit) {
		ARRAY_GROW(path->numbers, path->count + 1, path->capacity);
		path->numbers[path->count++] = at;
		at = links[at].ancestor;
	}
	while (path->count) {
		struct link *low = &links[path->numbers[--path->count]];
		const struct link *high = &links[low->ancestor];

		if (high->label < low->label)
			low->label = high->label;
		low->ancestor = high->ancestor;
	}
	return links[number].label;
}

/* What roots point to is led to by 0 itself; what else is, by its parent at least. */
static void start_semidominators(const struct preorder *preorder, const struct graph *graph,
				 uint32_t *semis)
{
	for (uint32_t w = 1; w < preorder->count; w++)
		semis[w] = preorder->parents[w];
	for (uint32_t i = 0; i < graph->root_edge_count; i++)
		semis[preorder->numbers[graph_block_of(graph->root_edges[i].target)]] = 0;
}

/* By number: the least number that leads there over ever larger ones. */
static void find_semidominators(const struct preorder *preorder, uint32_t *semis)
{
	struct link *links = large_new(preorder->count, sizeof *links);
	const uint32_t *start = preorder->predecessor_start;
	struct path path = {0};

	for (uint32_t w = 1; w < preorder->count; w++)
		links[w].ancestor = preorder->parents[w];
	for (uint32_t w = preorder->count - 1; w; w--) {
		uint32_t least = semis[w];

		for (uint32_t i = start[w + 1]; i-- > start[w];) {
			uint32_t from = preorder->predecessors[i];

			if (i >= AHEAD)
				__builtin_prefetch(&links[preorder->predecessors[i - AHEAD]]);
			if (from > w)
				from = evaluate(links, &path, from, w);
			if (from < least)
				least = from;
		}
		semis[w] = least;
		links[w].label = least;
	}
	free(links);
	free(path.numbers);
}

/* Parents become dominators: the nearest ancestor that is not below the semidominator. */
static void find_idoms(uint32_t *parents, const uint32_t *semis, uint32_t count)
{
	for (uint32_t w = 1; w < count; w++) {
		uint32_t idom = parents[w];

		while (idom > semis[w])
			idom = parents[idom];
		parents[w] = idom;
	}
}

enum entry { ENTRY_NONE, ENTRY_ONE_WEAK, ENTRY_OTHER };

static bool is_entered_only_by_itself(const struct preorder *preorder, const uint32_t *tops,
				      uint32_t top)
{
	for (uint32_t i = preorder->predecessor_start[top];
	     i < preorder->predecessor_start[top + 1]; i++) {
		if (tops[preorder->predecessors[i]] != top)
			return false;
	}
	return true;
}

static void set_bit(uint64_t *bits, uint32_t number)
{
	bits[number / 64] |= 1ull << number % 64;
}

static bool get_bit(const uint64_t *bits, uint32_t number)
{
	return bits[number / 64] >> number % 64 & 1;
}

/*
 * All chains to a block pass its topmost dominator. If that has one edge from roots, and all other
 * edges to it come from blocks that it dominates, each chain begins with the one edge.
 */
static void find_weak(struct dominators *dominators, const struct preorder *preorder,
		      const struct graph *graph, uint32_t *tops)
{
	uint8_t *entries = large_new(dominators->count, sizeof *entries);

	dominators->weak = xcalloc(dominators->count / 64 + 1, sizeof *dominators->weak);
	for (uint32_t i = 0; i < graph->root_edge_count; i++) {
		const struct graph_root_edge *edge = &graph->root_edges[i];
		uint8_t *entry = &entries[dominators->numbers[graph_block_of(edge->target)]];

		*entry = *entry == ENTRY_NONE && graph_root_is_weak(graph, edge->root)
				 ? ENTRY_ONE_WEAK
				 : ENTRY_OTHER;
	}
	for (uint32_t w = 1; w < dominators->count; w++)
		tops[w] = dominators->idoms[w] ? tops[dominators->idoms[w]] : w;
	for (uint32_t w = 1; w < dominators->count; w++) {
		bool weak = tops[w] == w ? entries[w] == ENTRY_ONE_WEAK &&
						   is_entered_only_by_itself(preorder, tops, w)
					 : get_bit(dominators->weak, tops[w]);

		if (weak)
			set_bit(dominators->weak, w);
	}
	free(entries);
}

static void sum_retained(struct dominators *dominators, const struct graph *graph)
{
	size_t count = dominators->count;

	dominators->retained_bytes = large_new(count, sizeof *dominators->retained_bytes);
	dominators->retained_blocks = large_new(count, sizeof *dominators->retained_blocks);
	for (uint32_t w = dominators->count - 1; w; w--) {
		uint32_t idom = dominators->idoms[w];

		if (w > AHEAD)
			__builtin_prefetch(&graph->blocks[dominators->blocks[w - AHEAD]]);
		dominators->retained_bytes[w] += graph->blocks[dominators->blocks[w]].size;
		dominators->retained_blocks[w]++;
		dominators->retained_bytes[idom] += dominators->retained_bytes[w];
		dominators->retained_blocks[idom] += dominators->retained_blocks[w];
	}
}

static uint32_t *number_blocks(const struct dominators *dominators, const struct graph *graph)
{
	uint32_t *numbers = large_new(graph->block_count, sizeof *numbers);

	for (uint32_t w = 1; w < dominators->count; w++)
		numbers[dominators->blocks[w]] = w;
	return numbers;
}

void dominators_init(struct dominators *dominators, const struct graph *graph)
{
	struct preorder preorder = {0};

	preorder_init(&preorder, graph);
	start_semidominators(&preorder, graph, preorder.spare);
	/* Most memory is needed in the next step, and it does well without. */
	free(preorder.numbers);
	find_semidominators(&preorder, preorder.spare);
	find_idoms(preorder.parents, preorder.spare, preorder.count);
	*dominators = (struct dominators){
		.count = preorder.count,
		.blocks = preorder.blocks,
		.idoms = preorder.parents,
	};
	dominators->numbers = number_blocks(dominators, graph);
	find_weak(dominators, &preorder, graph, preorder.spare);
	preorder.numbers = preorder.blocks = preorder.parents = NULL;
	preorder_release(&preorder);
	sum_retained(dominators, graph);
}

uint32_t dominators_of(const struct dominators *dominators, uint32_t block)
{
	return dominators->blocks[dominators->idoms[dominators->numbers[block]]];
}

uint64_t dominators_retained_bytes(const struct dominators *dominators, uint32_t block)
{
	uint32_t number = dominators->numbers[block];

	return number ? dominators->retained_bytes[number] : 0;
}

uint32_t dominators_retained_blocks(const struct dominators *dominators, uint32_t block)
{
	uint32_t number = dominators->numbers[block];

	return number ? dominators->retained_blocks[number] : 0;
}

bool dominators_is_weak(const struct dominators *dominators, uint32_t block)
{
	return get_bit(dominators->weak, dominators->numbers[block]);
}

void dominators_release(struct dominators *dominators)
{
	free(dominators->numbers);
	free(dominators->blocks);
	free(dominators->idoms);
	free(dominators->retained_bytes);
	free(dominators->retained_blocks);
	free(dominators->weak);
	*dominators = (struct dominators){0};
}
