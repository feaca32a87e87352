/* SPDX-License-Identifier: MIT */
/* Chains from roots: they hold, they are of the best class there is, and of that the shortest. */
#include <check.h>
#include <string.h>

#include "analyzer/graph/paths.h"
#include "graph_fixture.h"
#include "suite.h"

#define DRAWN_MAX 24

static struct graph *graph;
static struct mark mark;
static struct paths paths;
static struct paths_step steps[HEAP_MAX];
static const struct graph_root_edge *root;

static void setup(void)
{
	random_state = 1;
	heap_clear();
}

static void look(void)
{
	graph = heap_build();
	mark_init(&mark, graph, 10);
	paths_init(&paths, graph, &mark);
}

static void done(void)
{
	paths_release(&paths);
	mark_release(&mark);
	graph_free(graph);
	heap_clear();
}

START_TEST(test_offsets_and_hows)
{
	uint32_t a = heap_block(64, 0, 0), b = heap_block(64, 0, 0), c = heap_block(64, 0, 0);

	heap_global(c, 3);
	heap_point(c, 40, a, 0);
	heap_point(a, 16, b, 12);
	look();
	ck_assert_uint_eq(paths_length(&paths, heap_id(b)), 3);
	ck_assert_uint_eq(paths_get(&paths, heap_id(b), steps, 10, &root), 3);
	ck_assert_uint_eq(root->address, HEAP_GLOBALS);
	ck_assert_uint_eq(steps[0].block, heap_id(c));
	ck_assert_int_eq(steps[0].how, GRAPH_TAGGED);
	ck_assert_uint_eq(steps[0].offset, 40);
	ck_assert_uint_eq(steps[1].block, heap_id(a));
	ck_assert_int_eq(steps[1].how, GRAPH_START);
	ck_assert_uint_eq(steps[1].offset, 16);
	ck_assert_uint_eq(steps[2].block, heap_id(b));
	ck_assert_int_eq(steps[2].how, GRAPH_INTERIOR);
	ck_assert_uint_eq(steps[2].offset, 0);
	done();
}
END_TEST

START_TEST(test_long_ones_are_cut_in_the_middle)
{
	for (uint32_t i = 0; i < 100; i++)
		heap_block(16, 0, 0);
	for (uint32_t i = 0; i + 1 < 100; i++)
		heap_point(i, 8, i + 1, 0);
	heap_stack(0, 0);
	look();
	ck_assert_uint_eq(paths_length(&paths, 99), 100);
	ck_assert_uint_eq(paths_get(&paths, 99, steps, 100, &root), 100);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_uint_eq(steps[i].block, i);
	for (uint32_t max = 2; max < 100; max++) {
		ck_assert_uint_eq(paths_get(&paths, 99, steps, max, &root), max);
		ck_assert_uint_eq(steps[0].block, 0);
		for (uint32_t i = 1; i < max; i++)
			ck_assert_uint_eq(steps[i].block, 100 - max + i);
		ck_assert_uint_eq(root->address, HEAP_STACK);
	}
	done();
}
END_TEST

/* A global by a long way rather than a stack; a stack by starts rather than a global by an inside. */
START_TEST(test_what_is_preferred)
{
	uint32_t a = heap_block(32, 0, 0), b = heap_block(32, 0, 0), c = heap_block(32, 0, 0);
	uint32_t d = heap_block(32, 0, 0);

	heap_stack(c, 0);
	heap_global(a, 0);
	heap_point(a, 0, b, 0);
	heap_point(b, 0, c, 0);
	heap_point(a, 8, d, 12);
	heap_stack(d, 0);
	look();
	ck_assert_uint_eq(paths_get(&paths, heap_id(c), steps, 10, &root), 3);
	ck_assert_uint_eq(root->root, ROOT_GLOBALS);
	ck_assert_uint_eq(paths_get(&paths, heap_id(d), steps, 10, &root), 1);
	ck_assert_uint_eq(root->root, ROOT_STACK);
	done();
}
END_TEST

START_TEST(test_lost_blocks_lead_to_their_leader)
{
	uint32_t a = heap_block(32, 0, 0), b = heap_block(32, 0, 0);

	heap_point(a, 24, b, 12);
	look();
	ck_assert_uint_eq(paths_get(&paths, heap_id(b), steps, 10, &root), 2);
	ck_assert_ptr_null(root);
	ck_assert_uint_eq(steps[0].block, heap_id(a));
	ck_assert_uint_eq(steps[0].offset, 24);
	ck_assert_int_eq(steps[0].how, GRAPH_START);
	ck_assert_uint_eq(paths_get(&paths, heap_id(a), steps, 10, &root), 1);
	ck_assert_ptr_null(root);
	done();
}
END_TEST

/* Shortest chains by relaxing all edges until nothing changes; 0 where there is none. What has a better
 * chain keeps that. */
static void relax(uint32_t *lengths, const uint32_t *better, bool starts_only)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (uint32_t i = 0; i < graph->block_count; i++) {
			for (uint32_t e = graph->edge_start[i]; e < graph->edge_start[i + 1]; e++) {
				uint32_t *to = &lengths[graph_block_of(graph->edges[e])];

				if (!lengths[i] ||
				    (starts_only && !graph_is_start(graph->edges[e])))
					continue;
				if (better[graph_block_of(graph->edges[e])])
					continue;
				if (!*to || *to > lengths[i] + 1) {
					*to = lengths[i] + 1;
					changed = true;
				}
			}
		}
	}
}

static void enter(uint32_t *lengths, bool with_weak, bool starts_only)
{
	for (uint32_t i = 0; i < graph->root_edge_count; i++) {
		const struct graph_root_edge *edge = &graph->root_edges[i];

		if ((with_weak || !graph_root_is_weak(graph, edge->root)) &&
		    (!starts_only || graph_is_start(edge->target)))
			lengths[graph_block_of(edge->target)] = 1;
	}
}

/* That each step points to the next one, as the words say. */
static void check_chain(uint32_t block, uint32_t count)
{
	ck_assert_uint_eq(count, paths_length(&paths, block));
	ck_assert_uint_eq(steps[count - 1].block, block);
	if (root) {
		ck_assert_uint_eq(graph_block_of(root->target), steps[0].block);
		ck_assert_int_eq(graph_how_of(root->target), steps[0].how);
	} else {
		ck_assert_int_eq(mark.kinds[steps[0].block], MARK_DIRECT);
	}
	for (uint32_t i = 0; i + 1 < count; i++) {
		const struct graph_block *to = &graph->blocks[steps[i + 1].block];
		uint64_t address = graph->blocks[steps[i].block].address + steps[i].offset;
		bool found = false;

		for (size_t word = 0; word < heap.word_count; word++) {
			uint64_t inside = heap.words[word].value - to->address;

			found |= heap.words[word].address == address &&
				 (steps[i + 1].how == GRAPH_START ? !inside : inside < to->size);
		}
		ck_assert(found);
	}
}

START_TEST(test_random_graphs_against_plain_search)
{
	for (int round = 0; round < 3000; round++) {
		uint32_t strong[DRAWN_MAX] = {0}, any[DRAWN_MAX] = {0}, lost[DRAWN_MAX] = {0};
		uint32_t weak[DRAWN_MAX] = {0}, none[DRAWN_MAX] = {0};

		heap_draw(DRAWN_MAX);
		look();
		enter(strong, false, true);
		relax(strong, none, true);
		enter(weak, true, true);
		relax(weak, none, true);
		/* Others go on from there. */
		for (uint32_t i = 0; i < graph->block_count; i++)
			any[i] = strong[i] ? strong[i] : paths_length(&paths, i) * (weak[i] != 0);
		for (uint32_t i = 0; i < graph->root_edge_count; i++) {
			uint32_t *first = &any[graph_block_of(graph->root_edges[i].target)];

			*first = *first ? *first : 1;
		}
		for (uint32_t i = 0; i < graph->block_count; i++)
			lost[i] = mark.kinds[i] == MARK_DIRECT;
		relax(lost, none, false);
		relax(any, weak, false);
		for (uint32_t i = 0; i < graph->block_count; i++) {
			uint32_t count = paths_get(&paths, i, steps, HEAP_MAX, &root);
			bool inside = false;

			check_chain(i, count);
			for (uint32_t step = 0; step < count; step++)
				inside |= steps[step].how == GRAPH_INTERIOR;
			if (strong[i]) {
				ck_assert_uint_eq(count, strong[i]);
				ck_assert(!inside && !graph_root_is_weak(graph, root->root));
			} else if (weak[i]) {
				ck_assert(!inside && graph_root_is_weak(graph, root->root));
				ck_assert_uint_eq(count, weak[i]);
			} else if (any[i]) {
				ck_assert(inside && root);
				ck_assert_uint_eq(count, any[i]);
			} else {
				ck_assert(!root);
				ck_assert_uint_eq(count, lost[i]);
			}
		}
		done();
	}
}
END_TEST

START_TEST(test_no_blocks)
{
	look();
	done();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph paths");
	TCase *tests = tcase_create("graph paths");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_offsets_and_hows);
	tcase_add_test(tests, test_long_ones_are_cut_in_the_middle);
	tcase_add_test(tests, test_what_is_preferred);
	tcase_add_test(tests, test_lost_blocks_lead_to_their_leader);
	tcase_add_test(tests, test_random_graphs_against_plain_search);
	tcase_add_test(tests, test_no_blocks);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
