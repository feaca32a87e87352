/* SPDX-License-Identifier: MIT */
/* Objects of Python in snapshots made by hand: their classes, what is garbage, what is lost, who holds. */
#define _GNU_SOURCE
#include "reachability_fixture.h"
#include "suite.h"

/* Classes of Python, by what their objects have in front of them. */
#define PLAIN (DATA + 0x1000)
#define LINKED (DATA + 0x1100)
#define NODE (DATA + 0x1200)

static const struct trace_object_name classes[] = {
	{PLAIN, TRACE_NAME_CLASS, "Plain", 16, 0, 0, 0, 0},
	{LINKED, TRACE_NAME_CLASS, "Linked", 32, 0, 1u << 14, 0, 0},
	{NODE, TRACE_NAME_CLASS, "Node", 32, 0, 1u << 14 | 1u << 4, 0, 0},
};

/* All that is allocated from now on is by a function of Python. */
static void enter_python(void)
{
	module_id python = writer_module(writer, &(struct trace_module){.path = TRACE_PYTHON});
	code_id code = writer_code(writer, &(struct trace_code){"work", "work.py", 1});

	stack_a = writer_stack(writer, 0, python, trace_code_address(code, 2));
	taken.names = classes;
	taken.name_count = 3;
}

/*
 * Three objects, of which the collector links two, and a table that has a class where an object would have
 * it. The first object is held by its middle, the third holds the second, the table is held by its
 * start; no link counts.
 */
static void make_objects(void)
{
	enter_python();
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x100, 48);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x200, 64);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x300, 32);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x400, 128);
	word(DATA + 8, HEAP + 0x110);
	word(DATA + 16, HEAP + 0x213); /* the list begins there, with flags in the lowest bits */
	word(DATA + 24, HEAP + 0x400);
	word(HEAP + 0x100, HEAP + 0x210);
	word(HEAP + 0x118, LINKED);
	word(HEAP + 0x210, HEAP + 0x100);
	word(HEAP + 0x228, NODE);
	word(HEAP + 0x308, PLAIN);
	word(HEAP + 0x310, HEAP + 0x220);
	word(HEAP + 0x428, NODE);
}

START_TEST(test_garbage_of_python)
{
	make_objects();
	judge_snapshot();
	assert_amount(build.model.snapshot.reachable, 2, 48 + 128);
	assert_amount(build.model.snapshot.garbage, 2, 64 + 32);
	assert_amount(build.model.snapshot.direct, 0, 0);
	ck_assert_int_ne(build.model.sites[0].verdict, VERDICT_LEAK);
}
END_TEST

/* A table at a place where an object was, of which the class is left: what points to its start counts. */
START_TEST(test_remains_of_an_object)
{
	enter_python();
	allocate(API_PYMEM_MALLOC, HEAP + 0x100, 48);
	word(DATA + 8, HEAP + 0x100);
	word(HEAP + 0x118, LINKED);
	judge_snapshot();
	assert_amount(build.model.snapshot.reachable, 1, 48);
	assert_amount(build.model.snapshot.direct, 0, 0);
	assert_amount(build.model.snapshot.garbage, 0, 0);
}
END_TEST

START_TEST(test_classes_of_python)
{
	enter_python();
	for (uint64_t at = HEAP; at < HEAP + 0x300; at += 0x100) {
		allocate(API_PYOBJECT_MALLOC, at, 64);
		word(at + 0x28, NODE);
	}
	judge_snapshot();
	ck_assert_str_eq(build.model.sites[0].type, "Node");
}
END_TEST

/* What is not released even when the interpreter ends has a reference too many. */
START_TEST(test_references_too_many)
{
	make_objects();
	snap();
	writer_python(writer, &(struct trace_python){.version = 0x030b02f0,
						     .state = PYTHON_ON,
						     .teardown_stamp = ++stamp});
	release(API_PYOBJECT_FREE, HEAP + 0x100);
	release(API_PYOBJECT_FREE, HEAP + 0x200);
	judge();
	ck_assert_uint_ne(build.model.run.teardown_ns, 0);
	ck_assert_uint_eq(build.model.run.live_blocks, 4);
	assert_amount(build.model.snapshot.reachable, 2, 48 + 128);
	assert_amount(build.model.snapshot.garbage, 1, 64);
	assert_amount(build.model.snapshot.direct, 1, 32);
	ck_assert_int_eq(build.model.sites[0].verdict, VERDICT_LEAK);
}
END_TEST

/* A global of a module of Python, which a list of unused objects still points to. */
static const struct trace_object_name module_names[] = {
	{PLAIN, TRACE_NAME_CLASS, "type", 400, 0, 0, 0, 0},
	{LINKED, TRACE_NAME_CLASS, "Linked", 32, 0, 1u << 14, 0, 0},
	{NODE, TRACE_NAME_CLASS, "module", 56, 0, 1u << 14, 0, 0},
	{NODE + 0x100, TRACE_NAME_CLASS, "dict", 48, 0, 1u << 14, 0, 0},
	{HEAP + 0x700, TRACE_NAME_STRING, "__main__", 0, 0, 0, 0, 0},
	{HEAP + 0x800, TRACE_NAME_STRING, "SESSIONS", 0, 0, 0, 0, 0},
};

static void make_dict(uint64_t at, uint64_t table)
{
	allocate(API_PYOBJECT_MALLOC, at, 64);
	allocate(API_PYMEM_MALLOC, table, 128);
	word(at + 24, NODE + 0x100);
	word(at + 48, table);
}

START_TEST(test_modules_of_python)
{
	const struct model_holder *holder = NULL;

	enter_python();
	taken.names = module_names;
	taken.name_count = sizeof module_names / sizeof *module_names;
	word(DATA + 8, HEAP + 0x610);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x100, 72);
	word(HEAP + 0x118, NODE);
	word(HEAP + 0x120, HEAP + 0x210);
	word(HEAP + 0x140, HEAP + 0x700);
	make_dict(HEAP + 0x200, HEAP + 0x300);
	word(HEAP + 0x340, HEAP + 0x800);
	word(HEAP + 0x348, HEAP + 0x410);
	make_dict(HEAP + 0x400, HEAP + 0x500);
	word(HEAP + 0x528, HEAP + 0x610);
	put(EVENT_ALLOC, API_PYOBJECT_MALLOC, HEAP + 0x600, 48, stack_b, 0);
	word(HEAP + 0x618, LINKED);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x700, 60);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x800, 60);
	judge_snapshot();
	for (uint32_t i = 0; i < build.model.site_count; i++)
		if (!strcmp(build.model.sites[i].type, "Linked"))
			holder = build.model.sites[i].holders;
	ck_assert_ptr_nonnull(holder);
	ck_assert_str_eq(holder->kind, "module");
	ck_assert_str_eq(holder->name, "__main__");
	ck_assert_uint_eq(holder->chain_count, 3);
	ck_assert_str_eq(holder->chain[0].type, "module");
	ck_assert_str_eq(holder->chain[0].member, "['SESSIONS']");
	ck_assert_str_eq(holder->chain[1].type, "dict");
	ck_assert_str_eq(holder->chain[1].member, "[...]");
	ck_assert_str_eq(holder->chain[2].type, "Linked");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reachability of Python");
	TCase *snapshots = tcase_create("snapshots");

	tcase_add_checked_fixture(snapshots, setup_snapshot, teardown);
	tcase_add_test(snapshots, test_garbage_of_python);
	tcase_add_test(snapshots, test_remains_of_an_object);
	tcase_add_test(snapshots, test_classes_of_python);
	tcase_add_test(snapshots, test_references_too_many);
	tcase_add_test(snapshots, test_modules_of_python);
	suite_add_tcase(suite, snapshots);
	return suite_run(suite);
}
