/* SPDX-License-Identifier: MIT */
/* The collector and a process that runs Python: its code objects, and stacks of both kinds in one. */
#define _GNU_SOURCE
#include "../../analyzer/record/collector.h"

#include "mock_python.h"
#include "suite.h"

static void produce_plain(void)
{
	begin_python(false);
	allocate(0, 16, STACK(entry(1, 7), python(2, 0), entry(3, FRAME_PYTHON_POSITION_MASK)));
	allocate(0, 16, STACK(FRAME_CALLER_ONLY, python(2, 8)));
	allocate(0, 16, STACK(entry(1, 7), python(0, 5))); /* found no room */
	allocate(0, 16, STACK(entry(1, 7), python(2, 0)));
}

START_TEST(stacks_of_python_alone)
{
	struct reader *r = open_trace(record(produce_plain), "");
	stack_id deep = expect_next(r, "c:20 b:0 a:7"), flat;

	expect_next(r, "b:8 <4>");
	expect_next(r, "?:0 a:7");
	/* From nodes of its own, but of the same path. */
	flat = expect_next(r, "b:0 a:7");
	ck_assert_uint_eq(reader_stack(r, deep)->parent, flat);
	ck_assert_uint_eq(reader_stack_count(r), 6);
	expect_end(r);
}
END_TEST

static const char zeroes[] = "\0\xff\x80\0";

static void produce_codes(void)
{
	begin_python(false);
	add_code("<module>", "/a folder/\xc3\xa9.py", INT32_MAX, PYTHON_LINES_310, zeroes, 4);
	add_code("", "", -1, 200, "x", 1);
	add_code("never", "seen.py", 1, PYTHON_LINES_LNOTAB, "", 0);
	allocate(0, 16, STACK(entry(5, 1), python(6, 2), python(5, 3)));
	add_code("late", "late.py", 0, PYTHON_LINES_LOCATIONS, zeroes + 1, 2);
	allocate(0, 16, STACK(entry(8, 4), python(6, 5)));
}

static void expect_code(struct reader *r, code_id id, const struct trace_code *wanted)
{
	const struct trace_code *code = reader_code(r, id);

	ck_assert_ptr_nonnull(code);
	ck_assert_str_eq(code->name, wanted->name);
	ck_assert_str_eq(code->file, wanted->file);
	ck_assert_uint_eq(code->first_line, wanted->first_line);
}

START_TEST(codes_that_are_met_are_kept)
{
	struct reader *r = open_trace(record(produce_codes), "");

	expect_code(r, 1, &(struct trace_code){"<module>", "/a folder/\xc3\xa9.py", INT32_MAX});
	expect_code(r, 2, &(struct trace_code){"", "", 0});
	expect_code(r, 3, &(struct trace_code){"late", "late.py", 0});
	ck_assert_uint_eq(reader_code_count(r), 3);
	expect_next(r, "<module>:2147483646 :0 <module>:2147483646");
	expect_next(r, ":0 late:0");
	expect_end(r);
}
END_TEST

/* What is called from the evaluation loop, outermost first, as a program starts. */
#define OUTSIDE START, MAIN, CALL

static void produce_one_run(void)
{
	begin_python(false);
	allocate_mixed(STACK(OUTSIDE, EVALUATION, CALL), STACK(entry(1, 1), python(2, 2)));
	allocate_mixed(STACK(OUTSIDE, EVALUATION, CALL, EXTENSION + 1, EXTENSION + 2),
		       STACK(entry(1, 1), python(2, 2)));
	/* Called back by nobody: the extension runs in the interpreter's own frames. */
	allocate_mixed(STACK(OUTSIDE, EVALUATION, EXTENSION + 1, CALL),
		       STACK(entry(1, 1), python(2, 2)));
	allocate_mixed(STACK(OUTSIDE, EVALUATION_LOW), STACK(entry(1, 1)));
	allocate_mixed(STACK(OUTSIDE, EVALUATION_HIGH - 1), STACK(entry(1, 1)));
}

START_TEST(python_takes_the_place_of_its_interpreter)
{
	struct reader *r = open_trace(record(produce_one_run), "");

	expect_next(r, "b:2 a:1");
	expect_next(r, "extension.so+2 extension.so+1 b:2 a:1");
	expect_next(r, "extension.so+1 b:2 a:1");
	expect_next(r, "a:1");
	expect_next(r, "a:1");
	expect_end(r);
}
END_TEST

/* Right below and above the loop, and the interpreter: neither runs Python's functions. */
static void produce_neighbours(void)
{
	begin_python(false);
	allocate_mixed(STACK(MAIN, EVALUATION, EXTENSION + 1, EVALUATION_HIGH, EVALUATION_LOW - 1),
		       STACK(entry(1, 1)));
	allocate_mixed(STACK(MAIN, EVALUATION, INTERPRETER - 1, INTERPRETER + 0x10000),
		       STACK(entry(1, 1)));
}

START_TEST(bounds_of_the_interpreter_are_kept)
{
	struct reader *r = open_trace(record(produce_neighbours), "");

	expect_next(r, "extension.so+1 a:1");
	expect_next(r, "<7f1000010000> <7f0fffffffff> a:1");
	expect_end(r);
}
END_TEST

#define TWO_RUNS entry(1, 1), python(2, 2), entry(3, 3), python(4, 4)
#define TWO_NATIVE_RUNS \
	OUTSIDE, EVALUATION, CALL, EXTENSION + 1, EXTENSION + 2, CALL, EVALUATION, CALL, \
		EXTENSION + 3

static void produce_several_runs(void)
{
	begin_python(false);
	allocate_mixed(STACK(TWO_NATIVE_RUNS), STACK(TWO_RUNS));
	/* Entered at once, with nothing between; and a run of one function. */
	allocate_mixed(STACK(OUTSIDE, EVALUATION, CALL, EVALUATION, EXTENSION + 1, EVALUATION),
		       STACK(entry(1, 1), entry(2, 2), python(3, 3), entry(4, 4)));
}

START_TEST(extensions_stay_between_the_functions_that_they_connect)
{
	struct reader *r = open_trace(record(produce_several_runs), "");

	expect_next(r, "extension.so+3 d:4 c:3 extension.so+2 extension.so+1 b:2 a:1");
	expect_next(r, "d:4 extension.so+1 c:3 b:2 a:1");
	expect_end(r);
}
END_TEST

static void produce_native(void)
{
	begin_python(true);
	allocate_mixed(STACK(TWO_NATIVE_RUNS), STACK(TWO_RUNS));
	/* The same loop again and again, of which Python knows nothing. */
	allocate_mixed(STACK(MAIN, EVALUATION, EVALUATION), STACK(entry(1, 1)));
}

START_TEST(all_native_frames_are_there_if_they_are_of_interest)
{
	struct reader *r = open_trace(record(produce_native), "");

	expect_next(r, "extension.so+3 libpython.so+5000 d:4 c:3 libpython.so+1234 "
		       "libpython.so+5000 extension.so+2 extension.so+1 libpython.so+5000 "
		       "b:2 a:1 libpython.so+1234 libpython.so+5000 /bin/mock+400123 "
		       "/bin/mock+400011");
	expect_next(r, "a:1 libpython.so+1234 libpython.so+1234 /bin/mock+400123");
	expect_end(r);
}
END_TEST

/* The native walk has ended too early, in one run or another, or has not met the loop at all. */
static void produce_truncated(void)
{
	begin_python(false);
	allocate_mixed(STACK(FRAME_TRUNCATED, EXTENSION + 2, CALL, EVALUATION, EXTENSION + 3),
		       STACK(TWO_RUNS));
	allocate_mixed(STACK(EVALUATION, CALL), STACK(entry(1, 1), TWO_RUNS));
	allocate_mixed(STACK(EXTENSION + 3), STACK(TWO_RUNS));
	allocate_mixed(STACK(FRAME_TRUNCATED), STACK(TWO_RUNS));
	allocate_mixed(0, STACK(TWO_RUNS));
	/* Nor has Python's: its outermost function says nothing of how it was entered. */
	allocate_mixed(STACK(MAIN, EVALUATION, EXTENSION + 1, EVALUATION),
		       STACK(FRAME_GAP, python(1, 1), entry(2, 2)));
}

START_TEST(functions_survive_native_stacks_that_are_cut)
{
	struct reader *r = open_trace(record(produce_truncated), "");

	expect_next(r, "extension.so+3 d:4 c:3 extension.so+2 b:2 a:1");
	expect_next(r, "d:4 c:3 b:2 a:1 a:1");
	expect_next(r, "extension.so+3 d:4 c:3 b:2 a:1");
	expect_next(r, "d:4 c:3 b:2 a:1");
	expect_next(r, "d:4 c:3 b:2 a:1");
	expect_next(r, "b:2 extension.so+1 a:1 <1>");
	expect_end(r);
}
END_TEST

static void produce_more_loops(void)
{
	begin_python(false);
	allocate_mixed(STACK(OUTSIDE, EVALUATION, EXTENSION + 1, EVALUATION, EXTENSION + 2),
		       STACK(entry(1, 1), python(2, 2)));
}

START_TEST(loops_without_functions_are_outside)
{
	struct reader *r = open_trace(record(produce_more_loops), "");

	expect_next(r, "extension.so+2 b:2 a:1");
	expect_end(r);
}
END_TEST

static void produce_equal(void)
{
	uint32_t functions;

	begin_python(false);
	functions = STACK(entry(1, 1), python(2, 2));
	allocate_mixed(STACK(MAIN, EVALUATION, EXTENSION + 1), functions);
	allocate(0, 16, functions);
	/* What differs is not shown: outer frames, the interpreter's, who was entered anew. */
	allocate_mixed(STACK(START, CALL, EVALUATION + 8, EXTENSION + 1), functions);
	allocate_mixed(STACK(MAIN, EVALUATION, CALL, EVALUATION, EXTENSION + 1),
		       STACK(entry(1, 1), entry(2, 2)));
	allocate_mixed(STACK(MAIN, EVALUATION, EXTENSION + 9), functions);
	allocate_mixed(STACK(MAIN, EVALUATION, CALL), functions);
}

START_TEST(equal_stacks_are_one)
{
	struct reader *r = open_trace(record(produce_equal), "");
	stack_id mixed = expect_next(r, "extension.so+1 b:2 a:1");
	stack_id plain = expect_next(r, "b:2 a:1");
	stack_id other;

	ck_assert_uint_eq(reader_stack(r, mixed)->parent, plain);
	ck_assert_uint_eq(expect_next(r, "extension.so+1 b:2 a:1"), mixed);
	ck_assert_uint_eq(expect_next(r, "extension.so+1 b:2 a:1"), mixed);
	other = expect_next(r, "extension.so+9 b:2 a:1");
	ck_assert_uint_eq(reader_stack(r, other)->parent, plain);
	ck_assert_uint_eq(expect_next(r, "b:2 a:1"), plain);
	ck_assert_uint_eq(reader_stack_count(r), 4);
	expect_end(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collector of Python");
	TCase *tcase = tcase_create("collector of Python");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, stacks_of_python_alone);
	tcase_add_test(tcase, codes_that_are_met_are_kept);
	tcase_add_test(tcase, python_takes_the_place_of_its_interpreter);
	tcase_add_test(tcase, bounds_of_the_interpreter_are_kept);
	tcase_add_test(tcase, extensions_stay_between_the_functions_that_they_connect);
	tcase_add_test(tcase, all_native_frames_are_there_if_they_are_of_interest);
	tcase_add_test(tcase, functions_survive_native_stacks_that_are_cut);
	tcase_add_test(tcase, loops_without_functions_are_outside);
	tcase_add_test(tcase, equal_stacks_are_one);
	return suite_run(suite);
}
