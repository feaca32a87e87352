/* SPDX-License-Identifier: MIT */
/*
 * graph_fixture.h - small heaps, drawn by hand or at random, and their graphs.
 *
 * heap_block and heap_point are called in any order; heap_build sorts and makes the graph. Blocks are
 * known by the number in which they were added until then, and by their ids, heap_id, afterwards.
 */
#ifndef TENURE_GRAPH_FIXTURE_H
#define TENURE_GRAPH_FIXTURE_H

#include <stdlib.h>

#include "analyzer/graph/graph.h"

#define HEAP_MAX 2048
/* Roots: memory at these addresses, one range each. */
#define HEAP_GLOBALS 0x1000u /* root 0 */
#define HEAP_STACK 0x2000u /* root 1, weak */
#define HEAP_MALLOC 0x3000u /* root 2, malloc's own */
#define HEAP_ROOT_BYTES 0x1000u
#define HEAP_TABLES 0x8000u /* virtual tables */
#define HEAP_START 0x100000u

enum { ROOT_GLOBALS, ROOT_STACK, ROOT_MALLOC, HEAP_ROOTS };

struct heap_fixture {
	struct graph_block blocks[HEAP_MAX];
	uint64_t addresses[HEAP_MAX]; /* in the order in which blocks were added */
	uint32_t block_count;
	struct trace_word words[16 * HEAP_MAX];
	size_t word_count;
	uint64_t next_address, next_global, next_stack;
};

static struct heap_fixture heap;
static uint64_t random_state;

static const struct graph_range heap_ranges[] = {
	{HEAP_GLOBALS, HEAP_GLOBALS + HEAP_ROOT_BYTES, ROOT_GLOBALS, 0},
	{HEAP_STACK, HEAP_STACK + HEAP_ROOT_BYTES, ROOT_STACK, 0},
	{HEAP_MALLOC, HEAP_MALLOC + HEAP_ROOT_BYTES, ROOT_MALLOC, GRAPH_RANGE_ALLOCATOR_DATA},
};
static const struct graph_extent heap_tables[] = {{HEAP_TABLES, HEAP_TABLES + 0x100},
						  {HEAP_TABLES + 0x200, HEAP_TABLES + 0x300}};
static const uint8_t heap_root_flags[HEAP_ROOTS] = {[ROOT_STACK] = GRAPH_ROOT_WEAK};

static inline void heap_clear(void)
{
	heap.block_count = 0;
	heap.word_count = 0;
	heap.next_address = HEAP_START;
	heap.next_global = HEAP_GLOBALS;
	heap.next_stack = HEAP_STACK;
}

/* Marsaglia's xorshift64*: the same numbers everywhere. */
static inline uint64_t heap_random(uint64_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1dull >> 11) % below;
}

static inline uint32_t heap_block_at(uint64_t address, uint64_t size, uint32_t site, uint8_t flags)
{
	heap.addresses[heap.block_count] = address;
	heap.blocks[heap.block_count] = (struct graph_block){address, size, site, flags};
	return heap.block_count++;
}

/* Behind the last one, as glibc would have it. */
static inline uint32_t heap_block(uint64_t size, uint32_t site, uint8_t flags)
{
	uint64_t address = heap.next_address;

	heap.next_address += (size + 8 + 15) / 16 * 16 + 16;
	return heap_block_at(address, size, site, flags);
}

static inline void heap_word(uint64_t address, uint64_t value)
{
	heap.words[heap.word_count++] = (struct trace_word){address, value};
}

/* The word at an offset of a block points into another. */
static inline void heap_point(uint32_t from, uint64_t offset, uint32_t to, uint64_t inside)
{
	heap_word(heap.addresses[from] + offset, heap.addresses[to] + inside);
}

static inline void heap_global(uint32_t to, uint64_t inside)
{
	heap_word(heap.next_global, heap.addresses[to] + inside);
	heap.next_global += 8;
}

static inline void heap_stack(uint32_t to, uint64_t inside)
{
	heap_word(heap.next_stack, heap.addresses[to] + inside);
	heap.next_stack += 8;
}

static inline int heap_compare(const void *a, const void *b)
{
	uint64_t x = ((const struct trace_word *)a)->address;
	uint64_t y = ((const struct trace_word *)b)->address;

	return (x > y) - (x < y);
}

/* A graph that no word was given to. */
static inline struct graph *heap_start(void)
{
	const struct graph_input input = {
		.blocks = heap.blocks,
		.block_count = heap.block_count,
		.ranges = heap_ranges,
		.range_count = sizeof heap_ranges / sizeof *heap_ranges,
		.vtables = heap_tables,
		.vtable_count = sizeof heap_tables / sizeof *heap_tables,
		.root_flags = heap_root_flags,
		.root_count = HEAP_ROOTS,
	};

	blocks_sort(heap.blocks, heap.block_count);
	qsort(heap.words, heap.word_count, sizeof *heap.words, heap_compare);
	return graph_new(&input);
}

static inline struct graph *heap_build(void)
{
	struct graph *graph = heap_start();

	graph_words(graph, heap.words, heap.word_count);
	graph_finish(graph);
	return graph;
}

static inline uint32_t heap_id(uint32_t number)
{
	for (uint32_t i = 0; i < heap.block_count; i++) {
		if (heap.blocks[i].address == heap.addresses[number])
			return i;
	}
	return BLOCKS_NONE;
}

/* Up to `blocks` of them, pointers inside and such to starts, some from roots. Sites below 5. */
static inline void heap_draw(uint32_t blocks)
{
	uint32_t count = 1 + (uint32_t)heap_random(blocks);
	uint64_t words = heap_random(4);

	heap_clear();
	for (uint32_t i = 0; i < count; i++)
		heap_block(8 * heap_random(9), (uint32_t)heap_random(5), 0);
	for (uint32_t i = 0; i < count; i++) {
		for (uint64_t at = 0; at + 8 <= heap.blocks[i].size; at += 8) {
			uint32_t to = (uint32_t)heap_random(count);

			if (heap_random(8) < words)
				heap_point(i, at, to,
					   heap.blocks[to].size > 12 && !heap_random(3) ? 12 : 0);
		}
	}
	for (uint64_t i = heap_random(4); i; i--) {
		uint32_t to = (uint32_t)heap_random(count);
		uint64_t inside = heap.blocks[to].size > 12 && !heap_random(3) ? 12 : 0;

		if (heap_random(2))
			heap_global(to, inside);
		else
			heap_stack(to, inside);
	}
}

#endif
