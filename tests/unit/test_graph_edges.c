/* SPDX-License-Identifier: MIT */
/* Words become edges: whose they are, what they point to, and where in their block they stand. */
#include <check.h>

#include "graph_fixture.h"
#include "suite.h"

static void setup(void)
{
	random_state = 1;
	heap_clear();
}

START_TEST(test_own_pointers_do_not_count)
{
	uint32_t a = heap_block(64, 0, 0), b = heap_block(64, 0, 0);
	struct graph *graph;

	heap_point(a, 0, a, 0);
	heap_point(a, 8, a, 16); /* would wait under the name of the next edge */
	heap_point(a, 16, b, 8);
	heap_word(heap.addresses[b], HEAP_TABLES);
	heap_word(heap.addresses[b] + 8, HEAP_TABLES);
	heap_point(b, 16, b, 64); /* behind its end */
	graph = heap_build();
	ck_assert_uint_eq(graph->self_pointers, 2);
	ck_assert_uint_eq(graph->edge_count, 1);
	ck_assert_uint_eq(graph_block_of(graph->edges[0]), heap_id(b));
	ck_assert_int_eq(graph_how_of(graph->edges[0]), GRAPH_BASE);
	ck_assert_uint_eq(graph_edge_offset(graph, 0), 16);
	graph_free(graph);
}
END_TEST

START_TEST(test_whose_a_word_is)
{
	uint32_t block, inner, target = heap_block(8, 0, 0);
	struct graph *graph;

	block = heap_block_at(0x200000, 20, 0, 0);
	inner = heap_block_at(HEAP_GLOBALS + 0x100, 16, 0, 0);
	heap_point(block, 8, target, 0);
	heap_point(block, 16, target, 0); /* ends behind the block */
	heap_point(inner, 0, target, 0); /* the block wins */
	heap_point(inner, 16, target, 0);
	heap_word(HEAP_GLOBALS + HEAP_ROOT_BYTES - 8, heap.addresses[target]);
	heap_word(HEAP_GLOBALS - 8, heap.addresses[target]);
	heap_word(HEAP_MALLOC + HEAP_ROOT_BYTES, heap.addresses[target]);
	graph = heap_build();
	ck_assert_uint_eq(graph->words, 7);
	ck_assert_uint_eq(graph->words_nowhere, 3);
	ck_assert_uint_eq(graph->edge_count, 2);
	ck_assert_uint_eq(graph_edge_source(graph, 0), heap_id(inner));
	ck_assert_uint_eq(graph_edge_source(graph, 1), heap_id(block));
	ck_assert_uint_eq(graph->root_edge_count, 2);
	ck_assert_uint_eq(graph->root_edges[0].address, HEAP_GLOBALS + 0x110);
	ck_assert_uint_eq(graph->root_edges[1].address, HEAP_GLOBALS + HEAP_ROOT_BYTES - 8);
	ck_assert_uint_eq(graph->root_edges[1].root, ROOT_GLOBALS);
	graph_free(graph);
}
END_TEST

START_TEST(test_loose_words_and_blocks_that_are_roots)
{
	uint32_t plain = heap_block(64, 0, 0);
	struct graph *graph;

	heap_block(8, 0, GRAPH_BLOCK_RUNTIME);
	heap_block(8, 0, GRAPH_BLOCK_IGNORED | GRAPH_BLOCK_ARRAY_NEW);
	heap_word(heap.addresses[plain], 56);
	graph = heap_start();
	graph_root_word(graph, ROOT_STACK, heap.addresses[plain] + 8); /* waits */
	graph_words(graph, heap.words, heap.word_count);
	graph_root_word(graph, ROOT_GLOBALS, heap.addresses[plain] + 8);
	graph_root_word(graph, ROOT_GLOBALS, 1);
	graph_finish(graph);
	ck_assert_uint_eq(graph->root_edge_count, 4);
	ck_assert_uint_eq(graph->words, 4);
	for (uint32_t i = 0; i < 2; i++) {
		ck_assert_int_eq(graph_how_of(graph->root_edges[i].target), GRAPH_LENGTH);
		ck_assert_uint_eq(graph->root_edges[i].address, 0);
	}
	ck_assert(graph_root_is_weak(graph, graph->root_edges[0].root));
	ck_assert(!graph_root_is_weak(graph, graph->root_edges[1].root));
	ck_assert_uint_eq(graph->root_edges[2].root, GRAPH_ROOT_RUNTIME);
	ck_assert_uint_eq(graph->root_edges[3].root, GRAPH_ROOT_IGNORED);
	ck_assert(!graph_root_is_weak(graph, GRAPH_ROOT_RUNTIME));
	ck_assert_uint_eq(graph->pointers[GRAPH_START], 0);
	graph_free(graph);
}
END_TEST

START_TEST(test_nothing_at_all)
{
	struct graph *graph = heap_build();

	ck_assert_uint_eq(graph->edge_count, 0);
	ck_assert_uint_eq(graph->edge_start[0], 0);
	graph_free(graph);
	graph_free(heap_start());
	graph_free(NULL);
}
END_TEST

/* As a damaged trace may have them. */
START_TEST(test_words_out_of_order_are_nowhere)
{
	uint32_t block = heap_block(64, 0, 0), target = heap_block(64, 0, 0);
	const struct trace_word words[] = {
		{heap.addresses[block] + 16, heap.addresses[target]},
		{heap.addresses[block] + 8, heap.addresses[target]},
		{HEAP_GLOBALS, heap.addresses[target]},
		{heap.addresses[block] + 24, heap.addresses[target]},
	};
	struct graph *graph = heap_start();

	graph_words(graph, words, sizeof words / sizeof *words);
	graph_finish(graph);
	ck_assert_uint_eq(graph->edge_count, 2);
	ck_assert_uint_eq(graph->root_edge_count, 0);
	ck_assert_uint_eq(graph->words_nowhere, 2);
	ck_assert_uint_eq(graph_edge_offset(graph, 1), 24);
	graph_free(graph);
}
END_TEST

/* The word there points to block 0, and the one behind the last does not. */
static void expect_pointer(const struct graph *graph, uint32_t block, uint64_t offset)
{
	graph_target target = UINT32_MAX;

	ck_assert(graph_points_to(graph, block, offset, &target));
	ck_assert_uint_eq(graph_block_of(target), 0);
	ck_assert(!graph_points_to(graph, block, 5300 * 8, &target));
	ck_assert(!graph_points_to(graph, block, 100 * 8, &target));
}

/* Distances that a byte cannot tell; blocks that do not begin at a word. */
START_TEST(test_offsets)
{
	static const uint64_t words[] = {0, 1, 254, 255, 508, 509, 763, 764, 765, 5000, 5255};

	for (uint64_t shift = 0; shift < 8; shift++) {
		size_t count = sizeof words / sizeof *words;
		uint32_t target, block;
		struct graph *graph;

		heap_clear();
		target = heap_block(8, 0, 0);
		for (size_t skip = 0; skip < 4; skip++) {
			block = heap_block_at(0x200000 + 0x100000 * skip + shift, 0x10000, 0, 0);
			for (size_t i = skip; i < count; i++)
				heap_point(block, words[i] * 8 + (8 - shift) % 8, target, 0);
		}
		graph = heap_build();
		ck_assert_uint_eq(graph->edge_count, 4 * count - 6);
		for (uint32_t edge = 0, skip = 0; skip < 4; skip++) {
			for (size_t i = skip; i < count; i++, edge++) {
				ck_assert_uint_eq(graph_edge_offset(graph, edge),
						  words[i] * 8 + (8 - shift) % 8);
				ck_assert_uint_eq(graph_edge_source(graph, edge), skip + 1);
				expect_pointer(graph, skip + 1, words[i] * 8 + (8 - shift) % 8);
			}
		}
		graph_free(graph);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph edges");
	TCase *tests = tcase_create("graph edges");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_own_pointers_do_not_count);
	tcase_add_test(tests, test_whose_a_word_is);
	tcase_add_test(tests, test_loose_words_and_blocks_that_are_roots);
	tcase_add_test(tests, test_nothing_at_all);
	tcase_add_test(tests, test_words_out_of_order_are_nowhere);
	tcase_add_test(tests, test_offsets);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
