/* SPDX-License-Identifier: MIT */
/* Dominators and what they retain: against the definition on small graphs, against another algorithm on
 * large ones. */
#include <check.h>
#include <string.h>

#include "analyzer/graph/dominators.h"
#include "graph_fixture.h"
#include "suite.h"

#define DRAWN_MAX 24

static struct graph *graph;
static struct dominators dominators;

static void setup(void)
{
	random_state = 1;
	heap_clear();
}

static void look(void)
{
	graph = heap_build();
	dominators_init(&dominators, graph);
}

static void done(void)
{
	dominators_release(&dominators);
	graph_free(graph);
	heap_clear();
}

static void ck_idom(uint32_t number, uint32_t idom)
{
	uint32_t expected = idom == BLOCKS_NONE ? idom : heap_id(idom);

	ck_assert_uint_eq(dominators_of(&dominators, heap_id(number)), expected);
}

START_TEST(test_chain_diamond_and_shared)
{
	uint32_t top = heap_block(16, 0, 0), left = heap_block(16, 0, 0),
		 right = heap_block(16, 0, 0);
	uint32_t bottom = heap_block(16, 0, 0), tail = heap_block(16, 0, 0);
	uint32_t other = heap_block(16, 0, 0), shared = heap_block(16, 0, 0);
	uint32_t lost = heap_block(16, 0, 0);

	heap_global(top, 0);
	heap_global(other, 0);
	heap_point(top, 0, left, 0);
	heap_point(top, 8, right, 12);
	heap_point(left, 0, bottom, 0);
	heap_point(right, 0, bottom, 0);
	heap_point(bottom, 0, tail, 0);
	heap_point(tail, 0, shared, 0);
	heap_point(other, 0, shared, 0);
	heap_point(lost, 0, tail, 0); /* counts for nothing */
	look();
	ck_idom(top, BLOCKS_NONE);
	ck_idom(left, top);
	ck_idom(right, top);
	ck_idom(bottom, top);
	ck_idom(tail, bottom);
	ck_idom(shared, BLOCKS_NONE);
	ck_idom(lost, BLOCKS_NONE);
	ck_assert_uint_eq(dominators_retained_bytes(&dominators, top), 5 * 16);
	ck_assert_uint_eq(dominators_retained_blocks(&dominators, top), 5);
	ck_assert_uint_eq(dominators_retained_bytes(&dominators, bottom), 2 * 16);
	ck_assert_uint_eq(dominators_retained_bytes(&dominators, shared), 16);
	ck_assert_uint_eq(dominators_retained_bytes(&dominators, lost), 0);
	ck_assert_uint_eq(dominators_retained_blocks(&dominators, lost), 0);
	ck_assert_uint_eq(dominators.count, 8);
	done();
}
END_TEST

START_TEST(test_blocks_that_are_roots)
{
	uint32_t runtime = heap_block(16, 0, GRAPH_BLOCK_RUNTIME), held = heap_block(16, 0, 0);

	heap_point(runtime, 0, held, 0);
	heap_stack(runtime, 0);
	look();
	ck_idom(runtime, BLOCKS_NONE);
	ck_idom(held, runtime);
	ck_assert(!dominators_is_weak(&dominators, heap_id(held)));
	done();
}
END_TEST

static bool weak(uint32_t number)
{
	return dominators_is_weak(&dominators, heap_id(number));
}

START_TEST(test_held_by_one_word_of_a_stack)
{
	uint32_t a = heap_block(16, 0, 0), behind_a = heap_block(16, 0, 0),
		 b = heap_block(16, 0, 0);
	uint32_t c = heap_block(16, 0, 0), shared = heap_block(16, 0, 0), d = heap_block(16, 0, 0);
	uint32_t e = heap_block(16, 0, 0), lost = heap_block(16, 0, 0);

	heap_stack(a, 0);
	heap_point(a, 0, behind_a, 0);
	heap_point(behind_a, 0, a, 0); /* what it holds itself does not help it */
	heap_stack(b, 0);
	heap_stack(b, 12); /* two words */
	heap_stack(c, 0);
	heap_point(c, 0, shared, 0);
	heap_point(b, 0, shared, 0);
	heap_stack(d, 0);
	heap_global(e, 0);
	heap_point(e, 0, d, 0);
	look();
	ck_assert(weak(a));
	ck_assert(weak(behind_a));
	ck_assert(!weak(b));
	ck_assert(weak(c));
	ck_assert(!weak(shared)); /* by two words, of which none is the only one */
	ck_assert(!weak(d));
	ck_assert(!weak(e));
	ck_assert(!weak(lost));
	done();
}
END_TEST

START_TEST(test_nothing_is_held)
{
	look();
	ck_assert_uint_eq(dominators.count, 1);
	done();
	heap_block(16, 0, 0);
	look();
	ck_assert_uint_eq(dominators_of(&dominators, 0), BLOCKS_NONE);
	done();
}
END_TEST

/* What chains from roots lead to that do not pass one block, nor begin with one root edge. */
static void reach_without(bool *reached, uint32_t without, uint32_t without_root)
{
	bool changed = true;

	memset(reached, 0, DRAWN_MAX);
	for (uint32_t i = 0; i < graph->root_edge_count; i++) {
		uint32_t block = graph_block_of(graph->root_edges[i].target);

		reached[block] |= i != without_root && block != without;
	}
	while (changed) {
		changed = false;
		for (uint32_t i = 0; i < graph->block_count; i++) {
			for (uint32_t e = graph->edge_start[i]; e < graph->edge_start[i + 1]; e++) {
				uint32_t target = graph_block_of(graph->edges[e]);

				if (reached[i] && !reached[target] && target != without) {
					reached[target] = true;
					changed = true;
				}
			}
		}
	}
}

static bool naive_weak(const bool *reached, uint32_t block)
{
	for (uint32_t i = 0; i < graph->root_edge_count && reached[block]; i++) {
		bool left[DRAWN_MAX];

		reach_without(left, BLOCKS_NONE, i);
		if (!left[block])
			return graph_root_is_weak(graph, graph->root_edges[i].root);
	}
	return false;
}

START_TEST(test_random_graphs_against_the_definition)
{
	uint64_t dominated = 0, weak_ones = 0;

	for (int round = 0; round < 4000; round++) {
		bool reached[DRAWN_MAX], dominates[DRAWN_MAX][DRAWN_MAX];

		heap_draw(DRAWN_MAX);
		look();
		reach_without(reached, BLOCKS_NONE, BLOCKS_NONE);
		for (uint32_t i = 0; i < graph->block_count; i++) {
			uint64_t bytes = 0;
			uint32_t blocks = 0;
			bool left[DRAWN_MAX];

			reach_without(left, i, BLOCKS_NONE);
			for (uint32_t j = 0; j < graph->block_count; j++) {
				dominates[i][j] = reached[i] && reached[j] && !left[j];
				bytes += dominates[i][j] ? graph->blocks[j].size : 0;
				blocks += dominates[i][j];
			}
			ck_assert_uint_eq(dominators_retained_bytes(&dominators, i), bytes);
			ck_assert_uint_eq(dominators_retained_blocks(&dominators, i), blocks);
			ck_assert_int_eq(dominators.numbers[i] != 0, reached[i]);
			ck_assert_int_eq(dominators_is_weak(&dominators, i),
					 naive_weak(reached, i));
			weak_ones += dominators_is_weak(&dominators, i);
		}
		for (uint32_t j = 0; j < graph->block_count; j++) {
			uint32_t idom = dominators_of(&dominators, j);

			/* Dominates it, and whatever else does dominates the dominator. */
			if (idom != BLOCKS_NONE)
				ck_assert(dominates[idom][j] && idom != j);
			for (uint32_t i = 0; i < graph->block_count; i++) {
				if (i != j && dominates[i][j])
					ck_assert(idom != BLOCKS_NONE && dominates[i][idom]);
			}
			dominated += idom != BLOCKS_NONE;
		}
		done();
	}
	ck_assert_uint_gt(dominated, 1000);
	ck_assert_uint_gt(weak_ones, 500);
}
END_TEST

/*
 * K. Cooper, T. Harvey, K. Kennedy, "A Simple, Fast Dominance Algorithm", 2001: intersects the dominators of
 * predecessors until nothing changes. On numbers of a depth-first search, which ascend towards leaves.
 */
static uint32_t *other_idoms(void)
{
	uint32_t *idoms = malloc(dominators.count * sizeof *idoms);
	bool changed = true;

	memset(idoms, 0xff, dominators.count * sizeof *idoms);
	idoms[0] = 0;
	for (uint32_t i = 0; i < graph->root_edge_count; i++)
		idoms[dominators.numbers[graph_block_of(graph->root_edges[i].target)]] = 0;
	while (changed) {
		changed = false;
		for (uint32_t w = 1; w < dominators.count; w++) {
			uint32_t block = dominators.blocks[w];

			if (idoms[w] == UINT32_MAX)
				continue;
			for (uint32_t e = graph->edge_start[block];
			     e < graph->edge_start[block + 1]; e++) {
				uint32_t to = dominators.numbers[graph_block_of(graph->edges[e])];
				uint32_t a = w, b = idoms[to];

				if (b == UINT32_MAX) {
					idoms[to] = w;
					changed = true;
					continue;
				}
				while (a != b) {
					if (a > b)
						a = idoms[a];
					else
						b = idoms[b];
				}
				changed |= idoms[to] != a;
				idoms[to] = a;
			}
		}
	}
	return idoms;
}

#define MANY 200000u

/* Blocks of four words, drawn here: the fixture's heap is small. */
static struct graph *draw_many(struct graph_block *blocks, uint64_t span)
{
	const struct graph_input input = {
		.blocks = blocks,
		.block_count = MANY,
		.ranges = heap_ranges,
		.range_count = 2,
		.root_flags = heap_root_flags,
		.root_count = HEAP_ROOTS,
	};
	struct graph *many;

	for (uint32_t i = 0; i < MANY; i++)
		blocks[i] = (struct graph_block){HEAP_START + 48ull * i, 32, i % 7, 0};
	many = graph_new(&input);
	for (uint32_t i = 0; i < 100; i++)
		graph_words(many,
			    &(struct trace_word){HEAP_GLOBALS + 8 * i,
						 blocks[heap_random(MANY)].address},
			    1);
	for (uint32_t i = 0; i < MANY; i++) {
		for (uint64_t word = 0; word < 4; word++) {
			uint64_t to = heap_random(3) ? i + 1 + heap_random(span)
						     : heap_random(MANY);

			if (heap_random(2))
				continue;
			graph_words(many,
				    &(struct trace_word){blocks[i].address + 8 * word,
							 blocks[to % MANY].address},
				    1);
		}
	}
	graph_finish(many);
	return many;
}

START_TEST(test_large_graphs_against_cooper_harvey_kennedy)
{
	struct graph_block *blocks = malloc(MANY * sizeof *blocks);

	for (uint64_t span = 1; span <= 100000; span *= 10) {
		uint32_t *other;

		graph = draw_many(blocks, span);
		dominators_init(&dominators, graph);
		other = other_idoms();
		for (uint32_t w = 0; w < dominators.count; w++)
			ck_assert_uint_eq(dominators.idoms[w], other[w]);
		ck_assert_uint_gt(dominators.count, MANY / 2);
		free(other);
		done();
	}
	free(blocks);
}
END_TEST

/* One list of all blocks, each of which dominates the rest: no stack may grow with it. */
START_TEST(test_a_long_list)
{
	struct graph_block *blocks = malloc(MANY * sizeof *blocks);
	const struct graph_input input = {.blocks = blocks,
					  .block_count = MANY,
					  .root_flags = heap_root_flags,
					  .root_count = 1};

	for (uint32_t i = 0; i < MANY; i++)
		blocks[i] = (struct graph_block){HEAP_START + 16ull * i, 8, 0, 0};
	graph = graph_new(&input);
	for (uint32_t i = 1; i < MANY; i++)
		graph_words(graph, &(struct trace_word){blocks[i].address, blocks[i - 1].address},
			    1);
	graph_root_word(graph, 0, blocks[MANY - 1].address);
	graph_finish(graph);
	dominators_init(&dominators, graph);
	for (uint32_t i = 0; i + 1 < MANY; i++) {
		ck_assert_uint_eq(dominators_of(&dominators, i), i + 1);
		ck_assert_uint_eq(dominators_retained_blocks(&dominators, i), i + 1);
	}
	free(blocks);
	done();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph dominators");
	TCase *tests = tcase_create("graph dominators");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_chain_diamond_and_shared);
	tcase_add_test(tests, test_blocks_that_are_roots);
	tcase_add_test(tests, test_held_by_one_word_of_a_stack);
	tcase_add_test(tests, test_nothing_is_held);
	tcase_add_test(tests, test_random_graphs_against_the_definition);
	tcase_add_test(tests, test_large_graphs_against_cooper_harvey_kennedy);
	tcase_add_test(tests, test_a_long_list);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
