/* SPDX-License-Identifier: MIT */
/* Which blocks are lost, who leads them and how much they hold: by hand, and against plain definitions. */
#include <check.h>
#include <string.h>

#include "analyzer/graph/mark.h"
#include "graph_fixture.h"
#include "suite.h"

#define DRAWN_MAX 24

static struct graph *graph;
static struct mark mark;

static void setup(void)
{
	random_state = 1;
	heap_clear();
}

static void look(void)
{
	graph = heap_build();
	mark_init(&mark, graph, 1000);
}

static void done(void)
{
	mark_release(&mark);
	graph_free(graph);
	heap_clear();
}

static enum mark_kind kind_of(uint32_t number)
{
	return (enum mark_kind)mark.kinds[heap_id(number)];
}

/* The cases of memcheck's manual, "Memory leak detection". Of a chain, the first pointer is the root's. */
START_TEST(test_cases_of_memcheck)
{
	static const struct {
		const char *chain; /* root, a, b: > points to the start, ? inside, | not at all */
		enum mark_kind a, b;
	} cases[] = {
		{">>", MARK_REACHABLE, MARK_REACHABLE}, {"||", MARK_DIRECT, MARK_DIRECT},
		{"|>", MARK_DIRECT, MARK_INDIRECT},	{">?", MARK_REACHABLE, MARK_POSSIBLE},
		{"?>", MARK_POSSIBLE, MARK_POSSIBLE},	{"??", MARK_POSSIBLE, MARK_POSSIBLE},
		{"|?", MARK_DIRECT, MARK_INDIRECT},	{">|", MARK_REACHABLE, MARK_DIRECT},
		{"?|", MARK_POSSIBLE, MARK_DIRECT},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *chain = cases[i].chain;
		uint32_t a = heap_block(32, 0, 0), b = heap_block(32, 0, 0);

		if (chain[0] != '|')
			heap_global(a, chain[0] == '?' ? 12 : 0);
		if (chain[1] != '|')
			heap_point(a, 0, b, chain[1] == '?' ? 12 : 0);
		look();
		ck_assert_int_eq(kind_of(a), cases[i].a);
		ck_assert_int_eq(kind_of(b), cases[i].b);
		done();
	}
}
END_TEST

START_TEST(test_a_better_chain_wins)
{
	uint32_t a = heap_block(32, 0, 0), b = heap_block(32, 0, 0), c = heap_block(32, 0, 0);

	heap_global(a, 12);
	heap_point(a, 0, c, 0);
	heap_global(b, 0);
	heap_point(b, 0, c, 0);
	look();
	ck_assert_int_eq(kind_of(a), MARK_POSSIBLE);
	ck_assert_int_eq(kind_of(c), MARK_REACHABLE);
	ck_assert_ptr_null(mark.owners);
	ck_assert_uint_eq(mark.sums[MARK_REACHABLE].blocks, 2);
	ck_assert_uint_eq(mark.sums[MARK_REACHABLE].bytes, 64);
	ck_assert_uint_eq(mark.sums[MARK_POSSIBLE].blocks, 1);
	done();
}
END_TEST

START_TEST(test_blocks_that_are_roots)
{
	uint32_t runtime = heap_block(32, 0, GRAPH_BLOCK_RUNTIME);
	uint32_t ignored = heap_block(32, 0, GRAPH_BLOCK_IGNORED);
	uint32_t held = heap_block(32, 0, 0), other = heap_block(32, 0, 0);

	heap_point(runtime, 8, held, 0);
	heap_point(ignored, 8, other, 12);
	look();
	ck_assert_int_eq(kind_of(runtime), MARK_REACHABLE);
	ck_assert_int_eq(kind_of(ignored), MARK_REACHABLE);
	ck_assert_int_eq(kind_of(held), MARK_REACHABLE);
	ck_assert_int_eq(kind_of(other), MARK_POSSIBLE);
	done();
}
END_TEST

/* Two lists share their tail: it belongs to the first one. */
START_TEST(test_who_comes_first_owns)
{
	uint32_t a = heap_block(8, 0, 0), b = heap_block(16, 0, 0), tail = heap_block(100, 0, 0);
	uint32_t end = heap_block(1000, 0, 0);

	heap_point(a, 0, tail, 0);
	heap_point(b, 0, tail, 0);
	heap_point(b, 8, end, 0);
	heap_point(tail, 0, end, 16);
	look();
	ck_assert_uint_eq(mark_owned(&mark, a).blocks, 2);
	ck_assert_uint_eq(mark_owned(&mark, a).bytes, 1100);
	ck_assert_uint_eq(mark_owned(&mark, b).blocks, 0);
	ck_assert_uint_eq(mark_owned(&mark, tail).blocks, 0);
	ck_assert_uint_eq(mark.leader_count, 1);
	ck_assert_uint_eq(mark.owners[end], a);
	ck_assert_uint_eq(mark.owners[b], b);
	ck_assert_uint_eq(mark.sums[MARK_DIRECT].bytes, 24);
	ck_assert_uint_eq(mark.sums[MARK_INDIRECT].bytes, 1100);
	done();
}
END_TEST

START_TEST(test_one_leader_for_a_cycle)
{
	uint32_t held = heap_block(8, 0, 0), a = heap_block(8, 0, 0), b = heap_block(8, 0, 0);
	uint32_t c = heap_block(16, 0, 0);

	heap_point(c, 0, b, 0);
	heap_point(b, 0, a, 0);
	heap_point(a, 0, c, 0);
	heap_point(c, 8, held, 0);
	look();
	ck_assert_int_eq(kind_of(a), MARK_DIRECT);
	ck_assert_int_eq(kind_of(b), MARK_INDIRECT);
	ck_assert_int_eq(kind_of(c), MARK_INDIRECT);
	ck_assert_int_eq(kind_of(held), MARK_INDIRECT);
	ck_assert_uint_eq(mark_owned(&mark, a).blocks, 3);
	ck_assert_uint_eq(mark.cycles_in_all, 1);
	ck_assert_uint_eq(mark.cycles[0].member_count, 3);
	ck_assert_uint_eq(mark.cycles[0].bytes, 32);
	ck_assert_uint_eq(mark.cycles[0].members[0], a);
	ck_assert_uint_eq(mark.cycles[0].members[2], c);
	done();
}
END_TEST

START_TEST(test_a_cycle_that_is_held_has_no_leader)
{
	uint32_t a = heap_block(8, 0, 0), b = heap_block(8, 0, 0), holder = heap_block(8, 0, 0);

	heap_point(a, 0, b, 0);
	heap_point(b, 0, a, 0);
	heap_point(holder, 0, b, 0);
	look();
	ck_assert_int_eq(kind_of(a), MARK_INDIRECT);
	ck_assert_int_eq(kind_of(b), MARK_INDIRECT);
	ck_assert_int_eq(kind_of(holder), MARK_DIRECT);
	ck_assert_uint_eq(mark.cycles_in_all, 1);
	done();
}
END_TEST

START_TEST(test_largest_cycles_are_kept)
{
	for (uint32_t i = 0; i < 20; i++) {
		uint32_t a = heap_block(8, 0, 0), b = heap_block(8 * (1 + i * 7 % 20), 0, 0);

		heap_point(a, 0, b, 0);
		heap_point(b, 0, a, 0);
	}
	graph = heap_build();
	mark_init(&mark, graph, 3);
	ck_assert_uint_eq(mark.cycles_in_all, 20);
	ck_assert_uint_eq(mark.cycle_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(mark.cycles[i].bytes, 8 + 8 * (20 - i));
		ck_assert_uint_eq(mark.cycles[i].members[0] + 1, mark.cycles[i].members[1]);
	}
	mark_release(&mark);
	mark_init(&mark, graph, 0);
	ck_assert_uint_eq(mark.cycle_count, 0);
	done();
}
END_TEST

START_TEST(test_nothing_to_mark)
{
	look();
	ck_assert_uint_eq(mark.sums[MARK_DIRECT].blocks, 0);
	done();
}
END_TEST

/* Warshall's closure: [a][b] if a chain of such pointers leads from a to b, or they are the same. */
static void close_over(bool reach[][DRAWN_MAX], bool starts_only)
{
	memset(reach, 0, sizeof *reach * DRAWN_MAX);
	for (uint32_t i = 0; i < graph->block_count; i++) {
		reach[i][i] = true;
		for (uint32_t e = graph->edge_start[i]; e < graph->edge_start[i + 1]; e++) {
			if (!starts_only || graph_is_start(graph->edges[e]))
				reach[i][graph_block_of(graph->edges[e])] = true;
		}
	}
	for (uint32_t k = 0; k < graph->block_count; k++) {
		for (uint32_t i = 0; i < graph->block_count; i++) {
			for (uint32_t j = 0; j < graph->block_count; j++)
				reach[i][j] |= reach[i][k] && reach[k][j];
		}
	}
}

static bool from_roots(bool reach[][DRAWN_MAX], bool starts_only, uint32_t block)
{
	for (uint32_t i = 0; i < graph->root_edge_count; i++) {
		graph_target target = graph->root_edges[i].target;

		if ((!starts_only || graph_is_start(target)) &&
		    reach[graph_block_of(target)][block])
			return true;
	}
	return false;
}

static bool starts[DRAWN_MAX][DRAWN_MAX], all[DRAWN_MAX][DRAWN_MAX];

static enum mark_kind naive_kind(uint32_t block)
{
	if (from_roots(starts, true, block))
		return MARK_REACHABLE;
	if (from_roots(all, false, block))
		return MARK_POSSIBLE;
	/* Direct: the first of those that lead back to it, and nothing else leads there. */
	for (uint32_t i = 0; i < graph->block_count; i++) {
		if (all[i][block] && (!all[block][i] || i < block))
			return MARK_INDIRECT;
	}
	return MARK_DIRECT;
}

static uint32_t naive_owner(uint32_t block)
{
	for (uint32_t i = 0; i < graph->block_count; i++) {
		if (mark.kinds[i] == MARK_DIRECT && all[i][block])
			return i;
	}
	return BLOCKS_NONE;
}

static void check_cycles(void)
{
	uint64_t cycles = 0;
	bool listed[DRAWN_MAX] = {0};

	for (uint32_t i = 0; i < mark.cycle_count; i++) {
		const struct mark_cycle *cycle = &mark.cycles[i];

		ck_assert_uint_ge(cycle->member_count, 2);
		if (i)
			ck_assert_uint_ge(cycle[-1].bytes, cycle->bytes);
		for (uint32_t j = 0; j < cycle->member_count; j++) {
			ck_assert(all[cycle->members[0]][cycle->members[j]]);
			ck_assert(all[cycle->members[j]][cycle->members[0]]);
			listed[cycle->members[j]] = true;
		}
	}
	for (uint32_t i = 0; i < graph->block_count; i++) {
		bool circular = false, first = true;

		for (uint32_t j = 0; j < graph->block_count; j++) {
			if (i != j && all[i][j] && all[j][i]) {
				circular = true;
				first &= i < j;
			}
		}
		circular &= mark.kinds[i] <= MARK_INDIRECT;
		ck_assert_int_eq(listed[i], circular);
		cycles += circular && first;
	}
	ck_assert_uint_eq(mark.cycles_in_all, cycles);
}

START_TEST(test_random_graphs_against_definitions)
{
	uint64_t seen[MARK_KINDS] = {0}, cycles = 0;

	for (int round = 0; round < 3000; round++) {
		struct mark_sum owned[DRAWN_MAX] = {{0}}, sums[MARK_KINDS] = {{0}};

		heap_draw(DRAWN_MAX);
		look();
		close_over(starts, true);
		close_over(all, false);
		for (uint32_t i = 0; i < graph->block_count; i++) {
			enum mark_kind kind = naive_kind(i);

			ck_assert_int_eq(mark.kinds[i], kind);
			seen[kind]++;
			sums[kind].blocks++;
			sums[kind].bytes += graph->blocks[i].size;
			if (mark.owners)
				ck_assert_uint_eq(mark.owners[i], kind <= MARK_INDIRECT
									  ? naive_owner(i)
									  : BLOCKS_NONE);
			if (kind != MARK_INDIRECT)
				continue;
			owned[mark.owners[i]].blocks++;
			owned[mark.owners[i]].bytes += graph->blocks[i].size;
		}
		for (uint32_t i = 0; i < graph->block_count; i++) {
			ck_assert_uint_eq(mark_owned(&mark, i).blocks, owned[i].blocks);
			ck_assert_uint_eq(mark_owned(&mark, i).bytes, owned[i].bytes);
		}
		ck_assert_mem_eq(sums, mark.sums, sizeof sums);
		check_cycles();
		cycles += mark.cycles_in_all;
		done();
	}
	for (enum mark_kind kind = 0; kind < MARK_KINDS; kind++)
		ck_assert_uint_gt(seen[kind], 1000);
	ck_assert_uint_gt(cycles, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph mark");
	TCase *tests = tcase_create("graph mark");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_cases_of_memcheck);
	tcase_add_test(tests, test_a_better_chain_wins);
	tcase_add_test(tests, test_blocks_that_are_roots);
	tcase_add_test(tests, test_who_comes_first_owns);
	tcase_add_test(tests, test_one_leader_for_a_cycle);
	tcase_add_test(tests, test_a_cycle_that_is_held_has_no_leader);
	tcase_add_test(tests, test_largest_cycles_are_kept);
	tcase_add_test(tests, test_nothing_to_mark);
	tcase_add_test(tests, test_random_graphs_against_definitions);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
