/* SPDX-License-Identifier: MIT */
#include "graph.h"

#include <stdlib.h>

#include "../util/array.h"
#include "../util/message.h"
#include "large.h"
#include "pointers.h"

_Static_assert(BLOCKS_MAX == UINT32_MAX >> 3 && GRAPH_HOW_COUNT <= 8, "how takes 3 bits");

#define WORD_BYTES 8
#define EDGES_MAX INT32_MAX
#define ROOT_EDGE (1u << 31) /* in the names that pointers wait under */
/* What is believed of what the caller expects. Memory that is not used is not taken. */
#define WORDS_EXPECTED_MAX ((uint64_t)1 << 27)

/* Look-ups that are on their way at a time: each misses the caches twice. */
#define PAGES_AHEAD 24
#define BLOCKS_AHEAD 12

#define STEP_FAR UINT8_MAX

struct graph_far {
	uint64_t word; /* in its block */
	uint32_t edge;
};

struct graph_build {
	struct pointers pointers;
	size_t edge_capacity, step_capacity, root_edge_capacity;
	uint64_t last_word; /* in the current block: of its last edge */
	uint32_t next_block; /* the first one that begins behind the current word */

	const struct graph_range *ranges;
	size_t range_count, next_range; /* the first one that ends behind the current word */
};

struct graph *graph_new(const struct graph_input *input)
{
	struct graph *graph = xcalloc(1, sizeof *graph);
	struct graph_build *build = xcalloc(1, sizeof *build);
	uint64_t expected = input->word_count;

	if (input->block_count > BLOCKS_MAX)
		die("more live blocks than a heap graph can have (%u)", BLOCKS_MAX);
	if (expected > WORDS_EXPECTED_MAX)
		expected = WORDS_EXPECTED_MAX;
	graph->blocks = input->blocks;
	graph->block_count = (uint32_t)input->block_count;
	graph->root_flags = input->root_flags;
	graph->root_count = input->root_count;
	graph->edge_start = large_new(input->block_count + 1, sizeof *graph->edge_start);
	graph->edges = large_new(expected, sizeof *graph->edges);
	graph->steps = large_new(expected, sizeof *graph->steps);
	build->edge_capacity = build->step_capacity = expected;
	build->ranges = input->ranges;
	build->range_count = input->range_count;
	pointers_init(&build->pointers, input);
	graph->build = build;
	return graph;
}

static uint64_t word_in(const struct graph_block *block, uint64_t address)
{
	return (address - (block->address & ~(WORD_BYTES - 1ull))) / WORD_BYTES;
}

static void add_edge(struct graph *graph, uint32_t source, uint64_t address, graph_target target)
{
	struct graph_build *build = graph->build;
	uint64_t word = word_in(&graph->blocks[source], address);
	uint64_t step = word - build->last_word;
	uint32_t edge = graph->edge_count;

	if (edge >= EDGES_MAX)
		die("more pointers than a heap graph can have (%d)", EDGES_MAX);
	if (edge >= build->edge_capacity) {
		ARRAY_GROW(graph->edges, (size_t)edge + 1, build->edge_capacity);
		ARRAY_GROW(graph->steps, (size_t)edge + 1, build->step_capacity);
		large_advise(graph->edges, build->edge_capacity * sizeof *graph->edges);
	}
	if (step >= STEP_FAR) {
		step = STEP_FAR;
		ARRAY_GROW(graph->far, graph->far_count + 1, graph->far_capacity);
		graph->far[graph->far_count++] = (struct graph_far){.word = word, .edge = edge};
	}
	graph->edges[edge] = target;
	graph->steps[edge] = (uint8_t)step;
	graph->edge_count = edge + 1;
	build->last_word = word;
}

static void add_root_edge(struct graph *graph, uint64_t address, uint32_t root, graph_target target)
{
	struct graph_build *build = graph->build;

	if (graph->root_edge_count >= EDGES_MAX)
		die("more pointers of roots than a heap graph can have (%d)", EDGES_MAX);
	ARRAY_GROW(graph->root_edges, (size_t)graph->root_edge_count + 1,
		   build->root_edge_capacity);
	graph->root_edges[graph->root_edge_count++] = (struct graph_root_edge){
		.address = address, .root = root, .target = target};
}

/* The block that the word lies in, or BLOCKS_NONE. Edges of blocks before it are complete. */
static uint32_t source_block(struct graph *graph, uint64_t address)
{
	struct graph_build *build = graph->build;
	const struct graph_block *block;

	while (build->next_block < graph->block_count &&
	       graph->blocks[build->next_block].address <= address) {
		graph->edge_start[build->next_block++] = graph->edge_count;
		build->last_word = 0;
	}
	if (!build->next_block)
		return BLOCKS_NONE;
	block = &graph->blocks[build->next_block - 1];
	return address - block->address < block->size &&
			       block->size - (address - block->address) >= WORD_BYTES
		       ? build->next_block - 1
		       : BLOCKS_NONE;
}

static const struct graph_range *source_range(struct graph_build *build, uint64_t address)
{
	const struct graph_range *range;

	while (build->next_range < build->range_count &&
	       build->ranges[build->next_range].end <= address)
		build->next_range++;
	if (build->next_range == build->range_count)
		return NULL;
	range = &build->ranges[build->next_range];
	return range->start <= address && range->end - address >= WORD_BYTES ? range : NULL;
}

static void take_word(struct graph *graph, const struct trace_word *word)
{
	struct pointers *pointers = &graph->build->pointers;
	uint32_t source = source_block(graph, word->address);
	const struct graph_range *range;
	graph_target target;

	pointers_learn(pointers, source, word);
	if (source != BLOCKS_NONE) {
		if (pointers_count(&graph->blocks[source], word->address) &&
		    pointers_target(pointers, word->value, source, false, graph->edge_count,
				    &target))
			add_edge(graph, source, word->address, target);
		return;
	}
	range = source_range(graph->build, word->address);
	if (!range)
		graph->words_nowhere++;
	else if (pointers_target(pointers, word->value, BLOCKS_NONE,
				 range->flags & GRAPH_RANGE_ALLOCATOR_DATA,
				 graph->root_edge_count | ROOT_EDGE, &target))
		add_root_edge(graph, word->address, range->root, target);
}

void graph_words(struct graph *graph, const struct trace_word *words, size_t count)
{
	const struct blocks *blocks = &graph->build->pointers.blocks;

	for (size_t i = 0; i < count; i++) {
		if (i + PAGES_AHEAD < count)
			blocks_prefetch_page(blocks, words[i + PAGES_AHEAD].value);
		if (i + BLOCKS_AHEAD < count)
			blocks_prefetch_block(blocks, words[i + BLOCKS_AHEAD].value);
		if (words[i].address >= graph->build->pointers.position)
			take_word(graph, &words[i]);
		else
			graph->words_nowhere++;
	}
	graph->words += count;
}

void graph_root_word(struct graph *graph, uint32_t root, uint64_t value)
{
	graph_target target;

	graph->words++;
	if (pointers_target(&graph->build->pointers, value, BLOCKS_NONE, false,
			    graph->root_edge_count | ROOT_EDGE, &target))
		add_root_edge(graph, 0, root, target);
}

/* Of pointers that waited for words of what they point to. */
static void decide_waiting(struct graph *graph)
{
	const struct pointers *pointers = &graph->build->pointers;

	for (size_t i = 0; i < pointers->waiting_count; i++) {
		const struct pointers_waiting *waiting = &pointers->waiting[i];
		uint32_t edge = waiting->edge & ~ROOT_EDGE;
		graph_target *target = waiting->edge & ROOT_EDGE ? &graph->root_edges[edge].target
								 : &graph->edges[edge];
		uint32_t block = graph_block_of(*target);

		*target = pointers_join(
			block,
			pointers_decide(pointers, block, (uint64_t)waiting->words * WORD_BYTES));
	}
}

static void count_pointers(struct graph *graph)
{
	for (uint32_t i = 0; i < graph->edge_count; i++)
		graph->pointers[graph_how_of(graph->edges[i])]++;
	for (uint32_t i = 0; i < graph->root_edge_count; i++)
		graph->pointers[graph_how_of(graph->root_edges[i].target)]++;
}

static void add_blocks_as_roots(struct graph *graph)
{
	for (uint32_t i = 0; i < graph->block_count; i++) {
		unsigned flags = graph->blocks[i].flags;

		if (flags & (GRAPH_BLOCK_RUNTIME | GRAPH_BLOCK_IGNORED))
			add_root_edge(graph, 0,
				      flags & GRAPH_BLOCK_RUNTIME ? GRAPH_ROOT_RUNTIME
								  : GRAPH_ROOT_IGNORED,
				      pointers_join(i, GRAPH_START));
	}
}

void graph_finish(struct graph *graph)
{
	struct graph_build *build = graph->build;

	while (build->next_block <= graph->block_count)
		graph->edge_start[build->next_block++] = graph->edge_count;
	decide_waiting(graph);
	count_pointers(graph);
	graph->self_pointers = build->pointers.self_pointers;
	graph->allocator_pointers = build->pointers.allocator_pointers;
	add_blocks_as_roots(graph);
	pointers_release(&build->pointers);
	free(build);
	graph->build = NULL;
	graph->edges = xrealloc(graph->edges, graph->edge_count * sizeof *graph->edges);
	graph->steps = xrealloc(graph->steps, graph->edge_count * sizeof *graph->steps);
}

uint32_t graph_edge_source(const struct graph *graph, uint32_t edge)
{
	uint32_t low = 0, high = graph->block_count;

	/* The last block whose edges begin at this one or before: those behind it have later ones. */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (graph->edge_start[middle] <= edge)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The far edge with this number. It is there. */
static uint64_t far_word(const struct graph *graph, uint32_t edge)
{
	size_t low = 0, high = graph->far_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (graph->far[middle].edge <= edge)
			low = middle;
		else
			high = middle;
	}
	return graph->far[low].word;
}

uint64_t graph_edge_offset(const struct graph *graph, uint32_t edge)
{
	uint32_t source = graph_edge_source(graph, edge);
	uint32_t first = graph->edge_start[source];
	uint64_t word = 0;

	/* Backwards to the last place that is known: a far edge, or the start. */
	for (uint32_t i = edge;; i--) {
		if (graph->steps[i] == STEP_FAR) {
			word += far_word(graph, i);
			break;
		}
		word += graph->steps[i];
		if (i == first)
			break;
	}
	return word * WORD_BYTES - graph->blocks[source].address % WORD_BYTES;
}

static void count_up_to_two(uint8_t *count)
{
	*count = *count < 2 ? *count + 1 : 2;
}

bool graph_points_to(const struct graph *graph, uint32_t block, uint64_t offset,
		     graph_target *target)
{
	uint64_t wanted = word_in(&graph->blocks[block], graph->blocks[block].address + offset);
	uint64_t word = 0;

	for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
		word = graph->steps[i] == STEP_FAR ? far_word(graph, i) : word + graph->steps[i];
		if (word < wanted)
			continue;
		*target = graph->edges[i];
		return word == wanted;
	}
	return false;
}

uint8_t *graph_count_pointers(const struct graph *graph)
{
	uint8_t *counts = xcalloc(graph->block_count + 1, sizeof *counts);

	for (uint32_t i = 0; i < graph->edge_count; i++)
		count_up_to_two(&counts[graph_block_of(graph->edges[i])]);
	for (uint32_t i = 0; i < graph->root_edge_count; i++)
		count_up_to_two(&counts[graph_block_of(graph->root_edges[i].target)]);
	return counts;
}

void graph_free(struct graph *graph)
{
	if (!graph)
		return;
	if (graph->build) {
		pointers_release(&graph->build->pointers);
		free(graph->build);
	}
	free(graph->edge_start);
	free(graph->edges);
	free(graph->root_edges);
	free(graph->steps);
	free(graph->far);
	free(graph);
}
