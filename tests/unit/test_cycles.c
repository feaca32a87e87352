/* SPDX-License-Identifier: MIT */
/* Circles in snapshots made by hand: which there are, of which kind, and the graph that is drawn of each. */
#define _GNU_SOURCE
#include "reachability_fixture.h"
#include "suite.h"

static stack_id stack_at(uint64_t offset)
{
	return writer_stack(writer, writer_stack(writer, 0, module, 0x100), module, offset);
}

/* Each block points to the next by its second word, and the last one to the first. */
static void make_ring(uint32_t length, bool own_sites)
{
	for (uint32_t i = 0; i < length; i++)
		put(EVENT_ALLOC, API_MALLOC, HEAP + 0x100 + i * 64, 48,
		    own_sites ? stack_at(0x1000 + i) : stack_a, 0);
	for (uint32_t i = 0; i < length; i++)
		word(HEAP + 0x108 + i * 64, HEAP + 0x100 + (i + 1) % length * 64);
}

/* The first edges lead from node 0 by all others back to it. */
static void assert_walk(const struct model_cycle *cycle, uint32_t length)
{
	ck_assert_uint_eq(cycle->walk_count, length);
	for (uint32_t i = 0; i < length; i++) {
		ck_assert_uint_eq(cycle->edges[i].from, i);
		ck_assert_uint_eq(cycle->edges[i].to, (i + 1) % length);
	}
}

static const struct model_cycle *only_cycle(uint64_t times)
{
	const struct model_snapshot *s = &build.model.snapshot;

	ck_assert_uint_eq(s->cycles_in_all, times);
	ck_assert_uint_eq(s->cycles_told, times);
	ck_assert_uint_eq(s->cycle_count, 1);
	ck_assert_uint_eq(s->cycles[0].times, times);
	return &s->cycles[0];
}

START_TEST(test_ring_of_few)
{
	const struct model_cycle *cycle;

	make_ring(3, true);
	judge_snapshot();
	cycle = only_cycle(1);
	ck_assert_int_eq(cycle->kind, CYCLE_LOST);
	ck_assert_uint_eq(cycle->node_count, 3);
	ck_assert_uint_eq(cycle->edge_count, 3);
	assert_walk(cycle, 3);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_ne(cycle->nodes[i].site, 0);
		ck_assert_uint_eq(cycle->nodes[i].count, 1);
		assert_innermost(&cycle->nodes[i].stack, 0x1000 + i);
		ck_assert_uint_eq(cycle->edges[i].offset, 8);
		ck_assert_str_eq(cycle->edges[i].member, "");
	}
	ck_assert_uint_eq(cycle->blocks_hidden, 0);
}
END_TEST

/* Those that come from one place are one node, which points to itself. */
START_TEST(test_ring_of_many_alike)
{
	const struct model_cycle *cycle;

	make_ring(12, false);
	judge_snapshot();
	cycle = only_cycle(1);
	ck_assert_uint_eq(cycle->node_count, 1);
	ck_assert_uint_eq(cycle->nodes[0].count, 12);
	ck_assert_uint_eq(cycle->edge_count, 1);
	assert_walk(cycle, 1);
	ck_assert_uint_eq(cycle->blocks_hidden, 0);
}
END_TEST

START_TEST(test_ring_of_many_places)
{
	const struct model_cycle *cycle;

	make_ring(12, true);
	judge_snapshot();
	cycle = only_cycle(1);
	ck_assert_uint_eq(cycle->node_count, 8);
	ck_assert_uint_eq(cycle->edge_count, 8);
	assert_walk(cycle, 8);
	for (uint32_t i = 0; i < 8; i++)
		ck_assert_uint_eq(cycle->edges[i].skipped, i == 6 ? 4 : 0);
	ck_assert_uint_eq(cycle->blocks_hidden, 4);
}
END_TEST

/* A list with links in both directions: each two are a circle, and all that is there is drawn. */
START_TEST(test_edges_beside_the_walk)
{
	const struct model_cycle *cycle;

	for (uint64_t i = 0; i < 3; i++)
		put(EVENT_ALLOC, API_MALLOC, HEAP + 0x100 + i * 64, 48, stack_at(0x1000 + i), 0);
	word(HEAP + 0x100, HEAP + 0x140);
	word(HEAP + 0x140, HEAP + 0x180);
	word(HEAP + 0x148, HEAP + 0x100);
	word(HEAP + 0x188, HEAP + 0x140);
	judge_snapshot();
	cycle = only_cycle(1);
	ck_assert_uint_eq(cycle->node_count, 3);
	ck_assert_uint_eq(cycle->edge_count, 4);
	assert_walk(cycle, 2);
}
END_TEST

/* Most words of a crowd say the same, and there is no room for all others. */
START_TEST(test_crowd)
{
	const struct model_cycle *cycle;

	for (uint64_t i = 0; i < 6; i++)
		put(EVENT_ALLOC, API_MALLOC, HEAP + 0x100 + i * 64, 48, stack_at(0x1000 + i), 0);
	for (uint64_t i = 0; i < 6; i++)
		for (uint64_t k = 0; k < 6; k++)
			word(HEAP + 0x100 + i * 64 + k * 8, HEAP + 0x100 + k * 64);
	judge_snapshot();
	cycle = only_cycle(1);
	ck_assert_uint_eq(cycle->node_count, 6);
	ck_assert_uint_eq(cycle->edge_count, 16);
	assert_walk(cycle, 2);
}
END_TEST

/* Who released it later had a pointer to it. */
START_TEST(test_released_later)
{
	make_ring(3, false);
	snap();
	release(API_FREE, HEAP + 0x140);
	judge();
	ck_assert_uint_eq(build.model.snapshot.cycles_in_all, 0);
	ck_assert_uint_eq(build.model.snapshot.cycle_count, 0);
}
END_TEST

/* More circles than kinds that are shown. */
START_TEST(test_many_kinds)
{
	const struct model_snapshot *s;

	for (uint64_t i = 0; i < 30; i++) {
		put(EVENT_ALLOC, API_MALLOC, HEAP + 0x1000 + i * 128, 64, stack_at(0x1000 + i), 0);
		put(EVENT_ALLOC, API_MALLOC, HEAP + 0x1040 + i * 128, 16, stack_at(0x1000 + i), 0);
		word(HEAP + 0x1000 + i * 128, HEAP + 0x1040 + i * 128);
		word(HEAP + 0x1040 + i * 128, HEAP + 0x1000 + i * 128);
	}
	s = judge_snapshot();
	ck_assert_uint_eq(s->cycles_in_all, 30);
	ck_assert_uint_eq(s->cycles_told, 20);
	ck_assert_uint_eq(s->cycle_count, 20);
}
END_TEST

/* Python's. Classes have a block each, an object 16 bytes behind its start. */
#define NODE_CLASS (HEAP + 0x1000)
#define KEYS (HEAP + 0x2000)
#define NAME (HEAP + 0x3000)
#define LIST_CLASS (DATA + 0x1000)
#define DICT_CLASS (DATA + 0x1100)
#define INLINE_CLASS (DATA + 0x1200)
#define HAVE_GC (1u << 14)

static const struct trace_object_name names[] = {
	{LIST_CLASS, TRACE_NAME_CLASS, "list", 40, 0, HAVE_GC, 0, 0},
	{DICT_CLASS, TRACE_NAME_CLASS, "dict", 48, 0, HAVE_GC, 0, 0},
	{INLINE_CLASS, TRACE_NAME_CLASS, "Point", 16, 0, HAVE_GC | 1u << 4 | 1u << 2, 0, 0},
	{NODE_CLASS + 16, TRACE_NAME_CLASS, "Node", 16, 0, HAVE_GC | 1u << 4, 0, 0},
	{NAME, TRACE_NAME_STRING, "other", 0, 0, 0, 0, 0},
};

static void enter_python(void)
{
	module_id python = writer_module(writer, &(struct trace_module){.path = TRACE_PYTHON});
	code_id code = writer_code(writer, &(struct trace_code){"work", "work.py", 1});

	stack_a = writer_stack(writer, 0, python, trace_code_address(code, 2));
	taken.names = names;
	taken.name_count = sizeof names / sizeof *names;
}

static void tell_python(uint32_t minor, bool teardown)
{
	writer_python(writer, &(struct trace_python){.version = 0x030000f0 | minor << 16,
						     .state = PYTHON_ON,
						     .teardown_stamp = teardown ? ++stamp : 0});
}

/* Two instances of 3.11, each with a block for the values of its attributes, of which the first is
 * called as the keys say that its class has. */
static void make_nodes(void)
{
	enter_python();
	for (uint64_t i = 0; i < 2; i++) {
		allocate(API_PYOBJECT_MALLOC, HEAP + 0x100 + i * 0x100, 48);
		allocate(API_PYMEM_MALLOC, HEAP + 0x180 + i * 0x100, 56);
		word(HEAP + 0x100 + i * 0x100, HEAP + 0x188 + i * 0x100);
		word(HEAP + 0x128 + i * 0x100, NODE_CLASS + 16);
		word(HEAP + 0x188 + i * 0x100, HEAP + 0x120 + !i * 0x100);
	}
	allocate(API_PYOBJECT_MALLOC, NODE_CLASS, 960);
	word(NODE_CLASS + 16 + 872, KEYS);
	allocate(API_PYOBJECT_MALLOC, KEYS, 32 + 8 + 5 * 16);
	word(KEYS + 40, NAME);
	allocate(API_PYOBJECT_MALLOC, NAME, 60);
}

static void release_nodes(void)
{
	for (uint64_t i = 0; i < 2; i++) {
		release(API_PYMEM_FREE, HEAP + 0x180 + i * 0x100);
		release(API_PYOBJECT_FREE, HEAP + 0x100 + i * 0x100);
	}
}

/* Released when the interpreter ended; not even then; or it never ended. */
START_TEST(test_instances)
{
	const struct model_cycle *cycle;

	make_nodes();
	snap();
	tell_python(11, _i < 2);
	if (_i == 0)
		release_nodes();
	release(API_PYOBJECT_FREE, NAME);
	judge();
	cycle = only_cycle(1);
	ck_assert_int_eq(cycle->kind, _i == 1 ? CYCLE_UNCOLLECTED : CYCLE_GARBAGE);
	ck_assert_uint_eq(cycle->blocks, 4);
	ck_assert_uint_eq(cycle->node_count, 2);
	ck_assert_uint_eq(cycle->edge_count, 2);
	assert_walk(cycle, 2);
	for (uint32_t i = 0; i < 2; i++) {
		ck_assert_str_eq(cycle->nodes[i].type, "Node");
		ck_assert_str_eq(cycle->edges[i].member, "['other']");
	}
	ck_assert_uint_eq(cycle->blocks_hidden, 0);
}
END_TEST

START_TEST(test_list_in_itself)
{
	const struct model_cycle *cycle;

	enter_python();
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x100, 56);
	allocate(API_PYMEM_MALLOC, HEAP + 0x200, 64);
	word(HEAP + 0x118, LIST_CLASS);
	word(HEAP + 0x128, HEAP + 0x200);
	word(HEAP + 0x210, HEAP + 0x110);
	snap();
	tell_python(12, false);
	judge();
	cycle = only_cycle(1);
	ck_assert_uint_eq(cycle->node_count, 1);
	assert_walk(cycle, 1);
	ck_assert_str_eq(cycle->nodes[0].type, "list");
	ck_assert_str_eq(cycle->edges[0].member, "[2]");
}
END_TEST

/* Since 3.13 a dictionary that was asked for has its values in the instance. */
START_TEST(test_instance_and_its_dictionary)
{
	enter_python();
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x100, 96);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x200, 64);
	word(HEAP + 0x108, HEAP + 0x210);
	word(HEAP + 0x128, INLINE_CLASS);
	word(HEAP + 0x218, DICT_CLASS);
	word(HEAP + 0x238, HEAP + 0x130);
	snap();
	tell_python(13, false);
	judge();
	ck_assert_uint_eq(build.model.snapshot.garbage.blocks, 2);
	ck_assert_uint_eq(build.model.snapshot.cycles_in_all, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cycles");
	TCase *snapshots = tcase_create("snapshots");

	tcase_add_checked_fixture(snapshots, setup_snapshot, teardown);
	tcase_add_test(snapshots, test_ring_of_few);
	tcase_add_test(snapshots, test_ring_of_many_alike);
	tcase_add_test(snapshots, test_ring_of_many_places);
	tcase_add_test(snapshots, test_edges_beside_the_walk);
	tcase_add_test(snapshots, test_crowd);
	tcase_add_test(snapshots, test_released_later);
	tcase_add_test(snapshots, test_many_kinds);
	tcase_add_loop_test(snapshots, test_instances, 0, 3);
	tcase_add_test(snapshots, test_list_in_itself);
	tcase_add_test(snapshots, test_instance_and_its_dictionary);
	suite_add_tcase(suite, snapshots);
	return suite_run(suite);
}
