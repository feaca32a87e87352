/* SPDX-License-Identifier: MIT */
/* The report for people: right rows, right stacks, and no way for a name to drive a terminal. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/util/human.h"
#include "report/visible.h"
#include "report/report.h"
#include "suite.h"
#include "text_fixture.h"

#define HOSTILE "evil\n\033]0;title\a\r\x9b\xc2\x9b\xff\xe2\x80\xae\b\x7f"

static const struct model_frame program_frames[] = {
	{"malloc_wrapper", "/home/u/src/wrap.c", 7, "/usr/bin/prog", 0x1234, true, "c", "", NULL},
	{"leak_one", "/home/u/src/leak.c", 12, "/usr/bin/prog", 0x1234, false, "c", "", NULL},
	{"", "", 0, "/usr/lib/libstripped.so", 0xbeef, false, "", "", NULL},
	{"main", "/home/u/src/leak.c", 99, "/usr/bin/prog", 0x1300, false, "c", "", NULL},
	{"__libc_start_call_main", "", 0, "/usr/lib/libc.so.6", 0x10, false, "", "", NULL},
	{"__libc_start_main@@GLIBC_2.34", "", 0, "/usr/lib/libc.so.6", 0x20, false, "", "", NULL},
	{"_start", "", 0, "/usr/bin/prog", 0x30, false, "", "", NULL},
};

static const struct model_frame hostile_frames[] = {
	{HOSTILE, HOSTILE, 1, HOSTILE, 1, false, "", "", NULL},
};

static const struct model_frame container_frames[] = {
	{"operator new(unsigned long)", "", 0, "libstdc++.so.6", 1, false, "", "", NULL},
	{"std::__new_allocator<int>::allocate", "", 0, "prog", 1, true, "", "", NULL},
	{"std::_Vector_base<int>::_M_allocate", "", 0, "prog", 1, true, "", "", NULL},
	{"std::vector<int>::push_back", "", 0, "prog", 1, false, "", "", NULL},
	{"fill", "", 0, "prog", 1, false, "", "", NULL},
};

static struct model_site sites[3];
static struct model_finding finding;
static struct model model;
static struct report_options options;

static void setup(void)
{
	static const char *const argv[] = {"prog", "-x\n\033[2J"};

	memset(&options, 0, sizeof options);
	options.all_tables = true;
	sites[0] = (struct model_site){
		.id = 1,
		.stack = {program_frames, 7},
		.api = "malloc",
		.type = "",
		.why = "3 of 4 blocks from here are still allocated at the end",
		.allocations = 4,
		.live_blocks = 3,
		.live_bytes = 3 << 20,
		.peak_bytes = 3 << 20,
		.peak_blocks = 3,
	};
	sites[1] = (struct model_site){
		.id = 2,
		.stack = {container_frames, 5},
		.api = "operator new",
		.type = "",
		.why = "all were released",
		.allocations = 1000,
		.frees = 1000,
		.temporary = 900,
		.peak_bytes = 1 << 20,
		.peak_blocks = 1,
	};
	sites[2] = (struct model_site){
		.id = 3, .api = "malloc", .type = "", .why = "", .failures = 1};
	finding = (struct model_finding){
		.rule = FINDING_DOUBLE_FREE,
		.rule_name = "double-free",
		.severity = SEVERITY_ERROR,
		.message = "a block was released twice",
		.occurrences = 5,
		.release = {program_frames, 2},
		.first_release = {program_frames + 2, 1},
		.allocation = {program_frames + 3, 1},
	};
	model = (struct model){
		.snapshot = {.missing = "nobody looked", .cause = ""},
		.run =
			{
				.trace_path = "prog.1.tenure",
				.program = "/usr/bin/prog",
				.argv = argv,
				.argc = 2,
				.pid = 4711,
				.complete = true,
				.damage = "",
				.end_kind = "exit",
				.allocations = 1004,
				.frees = 1001,
				.live_blocks = 3,
				.live_bytes = 3 << 20,
				.peak_bytes = 4 << 20,
				.peak_blocks = 4,
				.temporary = 900,
				.failed_allocations = 1,
			},
		.sites = sites,
		.site_count = 3,
	};
}

static const char *render(const struct report_format *format)
{
	FILE *file = open_text();

	ck_assert_int_eq(format->write(&model, &options, file), 0);
	fclose(file);
	return text;
}

START_TEST(test_what_a_leak_looks_like)
{
	render(&report_text);
	assert_has("Still allocated at the end");
	assert_has("3.0 MiB");
	assert_has("3 of 4 blocks from here are still allocated at the end");
	assert_has("leak_one");
	assert_has("/home/u/src/leak.c:12  prog");
	assert_has("process 4711, ended by exit with status 0");
	assert_lacks("What this trace could not see");
}
END_TEST

/* Of objects that Python's interpreter keeps for reuse, if any were dropped. */
START_TEST(test_whose_a_list_is)
{
	sites[0].verdict = VERDICT_GROWING;
	sites[0].api = "PyObject_Malloc";
	sites[0].type = "list";
	sites[0].frees = sites[0].resized = 2;
	render(&report_text);
	assert_lacks("without a new allocation");
	sites[0].frees = 3;
	render(&report_text);
	assert_has(
		"      But a list that is dropped here is handed out again without a new allocation");
	sites[0].type = "Session";
	render(&report_text);
	assert_lacks("without a new allocation");
}
END_TEST

START_TEST(test_stripped_code)
{
	render(&report_text);
	assert_has("libstripped.so+0xbeef\n");
}
END_TEST

START_TEST(test_noise_is_left_out)
{
	render(&report_text);
	assert_has("malloc_wrapper");
	assert_has("std::vector<int>::push_back");
	assert_lacks("__libc_start");
	assert_lacks("_start");
	assert_lacks("_M_allocate");
	assert_lacks("new_allocator");
}
END_TEST

/* In a stripped program even _start has no name; other code without one is the program's. */
START_TEST(test_start_without_a_name)
{
	static struct model_frame stripped[] = {
		{"", "", 0, "/bin/stripped", 0x111, false, "", "", NULL},
		{"__libc_start_call_main", "", 0, "/usr/lib/libc.so.6", 0x10, false, "", "", NULL},
		{"__libc_start_main_impl", "", 0, "/usr/lib/libc.so.6", 0x20, false, "", "", NULL},
		{"", "", 0, "/bin/stripped", 0x222, false, "", "", NULL},
	};

	sites[0].stack = (struct model_stack){stripped, 4};
	render(&report_text);
	assert_has("stripped+0x111");
	assert_lacks("stripped+0x222");
	assert_lacks("__libc_start");
	stripped[2].function = "run_callbacks";
	render(&report_text);
	assert_has("stripped+0x222");
}
END_TEST

START_TEST(test_all_frames)
{
	options.all_frames = true;
	render(&report_text);
	assert_has("__libc_start_call_main");
	assert_has("_M_allocate");
}
END_TEST

START_TEST(test_a_stack_of_nothing_but_noise_stays)
{
	sites[0].stack = (struct model_stack){program_frames + 4, 3};
	render(&report_text);
	assert_has("__libc_start_call_main");
	assert_has("_start");
}
END_TEST

START_TEST(test_recursion_is_folded)
{
	static struct model_frame deep[102];

	for (int i = 0; i < 100; i++)
		deep[i] = program_frames[1];
	deep[100] = deep[101] = program_frames[3];
	sites[0].stack = (struct model_stack){deep, 102};
	render(&report_text);
	assert_has("98 more calls of the same function");
	assert_has("main");
}
END_TEST

START_TEST(test_findings_come_first)
{
	model.findings = &finding;
	model.finding_count = 1;
	render(&report_text);
	assert_has("error: double-free, 5 times\n    a block was released twice");
	assert_has("released before at\n      libstripped.so+0xbeef");
	assert_has("allocated at\n      main");
	ck_assert(strstr(text, "double-free") < strstr(text, "Still allocated"));
}
END_TEST

START_TEST(test_limits_stand_beside_conclusions)
{
	static const char *const limits[] = {"5 events were lost."};

	model.run.limits = limits;
	model.run.limit_count = 1;
	model.sites = NULL;
	model.site_count = 0;
	render(&report_text);
	assert_has("What this trace could not see\n  - 5 events were lost.");
	assert_has("Still allocated at the end\n  Nothing.\n  See above what this trace could not");
}
END_TEST

START_TEST(test_zero_bytes_are_not_nothing)
{
	sites[0].live_bytes = 0;
	render(&report_text);
	assert_lacks("Nothing.");
}
END_TEST

START_TEST(test_top_and_exact_bytes)
{
	options.top = 1;
	options.exact_bytes = true;
	render(&report_text);
	assert_has("3,145,728");
	assert_has("1 more site is not shown");
	assert_lacks("MiB");
}
END_TEST

START_TEST(test_color_only_if_asked)
{
	render(&report_text);
	assert_lacks("\033");
	options.color = true;
	render(&report_text);
	assert_has("\033[1m");
}
END_TEST

static const struct report_format *const people[] = {&report_text, &report_markdown};

START_TEST(test_names_cannot_drive_a_terminal)
{
	static const char *const hostile[] = {HOSTILE, NULL};

	for (int i = 0; i < 3; i++) {
		sites[i].stack = (struct model_stack){hostile_frames, 1};
		sites[i].live_blocks = 1;
	}
	finding.release = finding.allocation = sites[0].stack;
	model.findings = &finding;
	model.finding_count = 1;
	model.run.argv = model.run.children = hostile;
	model.run.argc = model.run.child_count = 1;
	model.run.trace_path = HOSTILE;
	render(people[_i]);
	for (const unsigned char *p = (unsigned char *)text; *p; p++)
		ck_assert(*p == '\n' || (*p >= 0x20 && *p != 0x7f));
	assert_lacks("\xc2\x9b");
	assert_lacks("\xff");
	assert_lacks("\xe2\x80\xae");
	assert_has("evil\\n\\x1b]0;title\\x07\\x0d\\x9b\\x9b\\xff\\u202e\\x08\\x7f");
	/* A name must not begin a line of its own. */
	assert_lacks("\nevil");
}
END_TEST

START_TEST(test_lines_fit_when_names_allow)
{
	static const struct model_frame far[] = {
		{"function_of_some_length",
		 "/a/very/long/way/down/the/tree/of/folders/to/a/file/that/"
		 "nobody/will/ever/read/again/source.c",
		 1234, "/usr/bin/prog", 1, false, "c", "", NULL},
	};

	sites[0].stack = (struct model_stack){far, 1};
	render(&report_text);
	assert_has("source.c:1234  prog");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_uint_le(visible_width(line), 100);
}
END_TEST

static const struct {
	uint64_t bytes;
	const char *shown;
} sizes[] = {
	{0, "0 B"},	      {1023, "1023 B"},	    {1024, "1.0 KiB"},
	{1048575, "1.0 MiB"}, {1572864, "1.5 MiB"}, {UINT64_MAX, "16.0 EiB"},
};

START_TEST(test_bytes)
{
	ck_assert_str_eq(human_bytes(sizes[_i].bytes, false).text, sizes[_i].shown);
}
END_TEST

START_TEST(test_numbers)
{
	ck_assert_str_eq(human_count(0).text, "0");
	ck_assert_str_eq(human_count(999).text, "999");
	ck_assert_str_eq(human_count(1234567).text, "1,234,567");
	ck_assert_str_eq(human_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
	ck_assert_str_eq(human_share(0, 10).text, "0 %");
	ck_assert_str_eq(human_share(1, 1000).text, "<1 %");
	ck_assert_str_eq(human_share(999, 1000).text, ">99 %");
	ck_assert_str_eq(human_share(10, 10).text, "100 %");
	ck_assert_str_eq(human_share(0, 0).text, "");
	ck_assert_str_eq(human_duration(999).text, "999 ns");
	ck_assert_str_eq(human_duration(1500000).text, "1.5 ms");
	ck_assert_str_eq(human_duration(1500000000).text, "1.50 s");
	ck_assert_str_eq(human_duration(125ull * 1000000000).text, "2 min 05 s");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_text");
	TCase *tests = tcase_create("text and markdown");

	tcase_add_checked_fixture(tests, setup, forget_text);
	tcase_add_test(tests, test_what_a_leak_looks_like);
	tcase_add_test(tests, test_whose_a_list_is);
	tcase_add_test(tests, test_stripped_code);
	tcase_add_test(tests, test_noise_is_left_out);
	tcase_add_test(tests, test_start_without_a_name);
	tcase_add_test(tests, test_all_frames);
	tcase_add_test(tests, test_a_stack_of_nothing_but_noise_stays);
	tcase_add_test(tests, test_recursion_is_folded);
	tcase_add_test(tests, test_findings_come_first);
	tcase_add_test(tests, test_limits_stand_beside_conclusions);
	tcase_add_test(tests, test_zero_bytes_are_not_nothing);
	tcase_add_test(tests, test_top_and_exact_bytes);
	tcase_add_test(tests, test_color_only_if_asked);
	tcase_add_loop_test(tests, test_names_cannot_drive_a_terminal, 0, 2);
	tcase_add_test(tests, test_lines_fit_when_names_allow);
	tcase_add_loop_test(tests, test_bytes, 0, sizeof sizes / sizeof *sizes);
	tcase_add_test(tests, test_numbers);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
