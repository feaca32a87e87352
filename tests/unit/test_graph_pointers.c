/* SPDX-License-Identifier: MIT */
/* How pointers name their block: each rule by itself, then all of them against plain definitions. */
#include <check.h>

#include "graph_fixture.h"
#include "suite.h"

static void setup(void)
{
	random_state = 1;
	heap_clear();
}

/* How the only pointer of a graph points; GRAPH_HOW_COUNT if there is none. */
static enum graph_how only_how(void)
{
	struct graph *graph = heap_build();
	enum graph_how how = GRAPH_HOW_COUNT;

	ck_assert_uint_le(graph->edge_count + graph->root_edge_count, 1);
	if (graph->edge_count)
		how = graph_how_of(graph->edges[0]);
	if (graph->root_edge_count)
		how = graph_how_of(graph->root_edges[0].target);
	for (enum graph_how i = 0; i < GRAPH_HOW_COUNT; i++)
		ck_assert_uint_eq(graph->pointers[i], i == how);
	graph_free(graph);
	return how;
}

/* What a pointer to address + inside of a block is, whose first two words are these if not 0. It comes
 * from a global, then from a block before it and one behind it: words are known or not when it comes. */
static enum graph_how how_to(uint64_t size, uint8_t flags, uint64_t inside, uint64_t first,
			     uint64_t second)
{
	enum graph_how how[3];

	for (int from = 0; from < 3; from++) {
		uint32_t before, block, behind;

		heap_clear();
		before = heap_block(8, 0, 0);
		block = heap_block(size, 0, flags);
		behind = heap_block(8, 0, 0);
		if (first)
			heap_word(heap.addresses[block], first);
		if (second)
			heap_word(heap.addresses[block] + 8, second);
		if (from == 0)
			heap_global(block, inside);
		else
			heap_point(from == 1 ? before : behind, 0, block, inside);
		how[from] = only_how();
	}
	ck_assert_int_eq(how[0], how[1]);
	ck_assert_int_eq(how[0], how[2]);
	return how[0];
}

START_TEST(test_start_and_inside)
{
	ck_assert_int_eq(how_to(64, 0, 0, 0, 0), GRAPH_START);
	ck_assert_int_eq(how_to(64, 0, 12, 0, 0), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 8, 0, 0), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 63, 0, 0), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 64, 0, 0), GRAPH_HOW_COUNT);
	ck_assert_int_eq(how_to(0, 0, 0, 0, 0), GRAPH_START);
}
END_TEST

START_TEST(test_tags)
{
	for (uint64_t tag = 1; tag < 8; tag++) {
		ck_assert_int_eq(how_to(64, 0, tag, 0, 0), GRAPH_TAGGED);
		ck_assert_int_eq(how_to(0, 0, tag, 0, 0), GRAPH_TAGGED);
	}
	ck_assert_int_eq(how_to(64, 0, 9, 0, 0), GRAPH_INTERIOR);
}
END_TEST

START_TEST(test_array_cookies)
{
	ck_assert_int_eq(how_to(64, GRAPH_BLOCK_ARRAY_NEW, 8, 0, 0), GRAPH_COOKIE);
	ck_assert_int_eq(how_to(64, GRAPH_BLOCK_ARRAY_NEW, 16, 0, 0), GRAPH_COOKIE);
	ck_assert_int_eq(how_to(64, GRAPH_BLOCK_ARRAY_NEW, 24, 0, 0), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 16, 0, 0), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(8, GRAPH_BLOCK_ARRAY_NEW, 8, 0, 0), GRAPH_COOKIE);
	ck_assert_int_eq(how_to(8, 0, 8, 0, 0), GRAPH_HOW_COUNT);
	ck_assert_int_eq(how_to(16, GRAPH_BLOCK_ARRAY_NEW, 16, 0, 0), GRAPH_HOW_COUNT);
	ck_assert_int_eq(how_to(4, GRAPH_BLOCK_ARRAY_NEW, 8, 0, 0), GRAPH_HOW_COUNT);
}
END_TEST

START_TEST(test_base_classes)
{
	ck_assert_int_eq(how_to(64, 0, 8, HEAP_TABLES + 16, HEAP_TABLES + 0x210), GRAPH_BASE);
	ck_assert_int_eq(how_to(64, 0, 8, HEAP_TABLES + 16, 0), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 8, 0, HEAP_TABLES + 16), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 16, HEAP_TABLES + 16, HEAP_TABLES + 16), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 8, HEAP_TABLES + 16, HEAP_TABLES + 0x100), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 8, HEAP_TABLES - 8, HEAP_TABLES + 16), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 8, HEAP_TABLES + 0x300, HEAP_TABLES + 16), GRAPH_INTERIOR);
}
END_TEST

/* The block's own word further on: not known before it comes. */
START_TEST(test_base_far_inside)
{
	for (int behind = 0; behind < 2; behind++) {
		uint32_t block, other;

		heap_clear();
		other = behind ? 0 : heap_block(8, 0, 0);
		block = heap_block(0x2000, 0, 0);
		other = behind ? heap_block(8, 0, 0) : other;
		heap_word(heap.addresses[block], HEAP_TABLES);
		heap_word(heap.addresses[block] + 0x40, HEAP_TABLES + 8);
		heap_word(heap.addresses[block] + 0x1000, HEAP_TABLES + 0x2f8);
		heap_point(other, 0, block, 0x1000);
		ck_assert_int_eq(only_how(), GRAPH_BASE);
	}
}
END_TEST

START_TEST(test_counted_strings)
{
	ck_assert_int_eq(how_to(10 + 25, 0, 24, 10, 10), GRAPH_STRING);
	ck_assert_int_eq(how_to(10 + 25, 0, 24, 3, 10), GRAPH_STRING);
	ck_assert_int_eq(how_to(10 + 25, 0, 24, 11, 10), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(10 + 25, 0, 24, 3, 11), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(10 + 25, 0, 25, 3, 10), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(10 + 25, 0, 16, 3, 10), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(10 + 25, 0, 24, 0, 10), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(5000 + 25 + 4095, 0, 24, 3, 5000), GRAPH_STRING);
	ck_assert_int_eq(how_to(5000 + 25 + 4096, 0, 24, 3, 5000), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 24, 3, UINT64_MAX - 8), GRAPH_INTERIOR);
}
END_TEST

START_TEST(test_length_prefixes)
{
	ck_assert_int_eq(how_to(64, 0, 8, 56, 0), GRAPH_LENGTH);
	ck_assert_int_eq(how_to(64, 0, 8, 57, 0), GRAPH_INTERIOR);
	ck_assert_int_eq(how_to(64, 0, 16, 56, 0), GRAPH_INTERIOR);
}
END_TEST

/* The chunk behind a block begins in its last 8 usable bytes: malloc's own pointers to it. */
START_TEST(test_pointers_of_malloc)
{
	static const struct {
		uint64_t size, next; /* from the address */
	} chunks[] = {{0, 16}, {8, 16}, {24, 16}, {25, 32}, {40, 32}, {41, 48}, {104, 96}};

	for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		struct graph *graph;
		uint32_t block;

		heap_clear();
		block = heap_block(chunks[i].size, 0, GRAPH_BLOCK_ARRAY_NEW);
		heap_word(HEAP_MALLOC, heap.addresses[block] + chunks[i].next);
		heap_word(HEAP_MALLOC + 8, heap.addresses[block]);
		graph = heap_build();
		ck_assert_uint_eq(graph->allocator_pointers, 1);
		ck_assert_uint_eq(graph->root_edge_count, 1);
		ck_assert_uint_eq(graph->root_edges[0].address, HEAP_MALLOC + 8);
		graph_free(graph);

		heap_global(block, chunks[i].next);
		graph = heap_build();
		ck_assert_uint_eq(graph->root_edge_count, chunks[i].next < chunks[i].size ? 2 : 1);
		graph_free(graph);
	}
}
END_TEST

/* What the rules say, from all words at once. */
static bool naive_word(uint64_t address, uint64_t *value)
{
	for (size_t i = 0; i < heap.word_count; i++) {
		if (heap.words[i].address == address) {
			*value = heap.words[i].value;
			return true;
		}
	}
	return false;
}

static bool naive_table(uint64_t address)
{
	uint64_t value;

	return naive_word(address, &value) &&
	       ((value >= HEAP_TABLES && value < HEAP_TABLES + 0x100) ||
		(value >= HEAP_TABLES + 0x200 && value < HEAP_TABLES + 0x300));
}

static enum graph_how naive_how(const struct graph_block *block, uint64_t value)
{
	uint64_t inside = value - block->address, first = 0, second = 0;
	bool has_first = naive_word(block->address, &first) && block->size >= 8;
	bool has_second = naive_word(block->address + 8, &second) && block->size >= 16;

	if (!inside)
		return GRAPH_START;
	if (inside < 8)
		return GRAPH_TAGGED;
	if (block->flags & GRAPH_BLOCK_ARRAY_NEW && (inside == 8 || inside == 16))
		return GRAPH_COOKIE;
	if (has_first && naive_table(block->address) && naive_table(value) &&
	    inside + 8 <= block->size)
		return GRAPH_BASE;
	if (inside == 24 && has_first && has_second && first <= second &&
	    second + 25 <= block->size)
		return GRAPH_STRING;
	if (inside == 8 && has_first && first == block->size - 8)
		return GRAPH_LENGTH;
	return GRAPH_INTERIOR;
}

static void draw_words(void)
{
	heap_clear();
	for (uint64_t i = 20 + heap_random(20); i; i--)
		heap_block(heap_random(100), 0, (uint8_t)heap_random(2));
	for (uint32_t i = 0; i < heap.block_count; i++) {
		for (uint64_t at = 0; at < heap.blocks[i].size; at += 8) {
			uint64_t kind = heap_random(6), to = heap_random(heap.block_count);

			if (kind == 0)
				heap_word(heap.addresses[i] + at, HEAP_TABLES + heap_random(0x310));
			else if (kind == 1)
				heap_word(heap.addresses[i] + at, heap_random(heap.blocks[i].size));
			else if (kind == 2)
				heap_word(heap.addresses[i] + at, heap.blocks[i].size - 8);
			else if (kind <= 4)
				heap_point(i, at, (uint32_t)to,
					   heap_random(heap_random(2) ? 8 : 14) * 8 +
						   !heap_random(9));
		}
	}
}

START_TEST(test_random_words_in_batches_against_the_rules)
{
	uint64_t seen[GRAPH_HOW_COUNT] = {0};

	for (int round = 0; round < 600; round++) {
		struct graph *graph;
		uint32_t edge = 0;
		size_t given = 0;

		draw_words();
		graph = heap_start();
		while (given < heap.word_count) {
			size_t batch = 1 + heap_random(heap.word_count - given);

			graph_words(graph, heap.words + given, batch);
			given += batch;
		}
		graph_finish(graph);
		for (size_t i = 0; i < heap.word_count; i++) {
			const struct trace_word *word = &heap.words[i];
			uint32_t from = BLOCKS_NONE, to = BLOCKS_NONE;

			for (uint32_t block = 0; block < heap.block_count; block++) {
				const struct graph_block *at = &heap.blocks[block];

				if (word->address >= at->address &&
				    word->address + 8 <= at->address + at->size)
					from = block;
				if (word->value >= at->address &&
				    (word->value < at->address + at->size ||
				     word->value < at->address + 8 ||
				     (word->value == at->address + 8 && at->size == 8 &&
				      at->flags)))
					to = block;
			}
			if (from == BLOCKS_NONE || to == BLOCKS_NONE || from == to)
				continue;
			ck_assert_uint_lt(edge, graph->edge_count);
			ck_assert_uint_eq(graph_edge_source(graph, edge), from);
			ck_assert_uint_eq(graph_block_of(graph->edges[edge]), to);
			ck_assert_uint_eq(graph_edge_offset(graph, edge),
					  word->address - heap.blocks[from].address);
			ck_assert_int_eq(graph_how_of(graph->edges[edge]),
					 naive_how(&heap.blocks[to], word->value));
			seen[graph_how_of(graph->edges[edge])]++;
			edge++;
		}
		ck_assert_uint_eq(edge, graph->edge_count);
		graph_free(graph);
	}
	for (enum graph_how how = 0; how < GRAPH_HOW_COUNT; how++)
		ck_assert_uint_gt(seen[how], 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph pointers");
	TCase *tests = tcase_create("graph pointers");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_start_and_inside);
	tcase_add_test(tests, test_tags);
	tcase_add_test(tests, test_array_cookies);
	tcase_add_test(tests, test_base_classes);
	tcase_add_test(tests, test_base_far_inside);
	tcase_add_test(tests, test_counted_strings);
	tcase_add_test(tests, test_length_prefixes);
	tcase_add_test(tests, test_pointers_of_malloc);
	tcase_add_test(tests, test_random_words_in_batches_against_the_rules);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
