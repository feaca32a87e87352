/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "analyzer/gate/baseline.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define KEY "v1:0123456789abcdef"
#define OTHER_KEY "v1:00000000000000ff"

static struct baseline baseline;
static struct baseline_error why;
static struct arena arena;

static int parse(const char *text)
{
	return baseline_parse(&baseline, &arena, text, strlen(text), &why);
}

static char *written(void)
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	baseline_write(&baseline, file);
	fclose(file);
	return text;
}

static void release(void)
{
	baseline_release(&baseline);
	arena_release(&arena);
}

START_TEST(test_a_line_is_read)
{
	const struct baseline_entry *entry;

	ck_assert_int_eq(parse("leak " KEY " 3 blocks 4096 bytes parser: add < load < main\n"), 0);
	ck_assert_uint_eq(baseline.count, 1);
	entry = baseline_find(&baseline, GATE_LEAK, KEY, "parser");
	ck_assert_ptr_nonnull(entry);
	ck_assert_uint_eq(entry->blocks, 3);
	ck_assert_uint_eq(entry->bytes, 4096);
	ck_assert_str_eq(entry->place, "add < load < main");
	release();
}
END_TEST

START_TEST(test_what_is_no_finding_is_passed_over)
{
	ck_assert_int_eq(
		parse("# a comment\r\n\n   \t\n  leak " KEY "  1 blocks\t2 bytes p:\r\n# last"), 0);
	ck_assert_uint_eq(baseline.count, 1);
	ck_assert_str_eq(baseline.entries[0].program, "p");
	ck_assert_str_eq(baseline.entries[0].place, "");
	release();
}
END_TEST

/* What a line lacks, and that the line is named. */
static const char *const damaged[] = {
	"leak",
	"leak v1:0123 3 blocks 4 bytes p:",
	"leak v2:0123456789abcdef 3 blocks 4 bytes p:",
	"leak v1:0123456789abcdeg 3 blocks 4 bytes p:",
	"leak " KEY,
	"leak " KEY " three blocks 4 bytes p:",
	"leak " KEY " -3 blocks 4 bytes p:",
	"leak " KEY " 3 blocks 4 bites p:",
	"leak " KEY " 3x blocks 4 bytes p:",
	"leak " KEY " 3 blocks 4 bytes",
	"leak " KEY " 3 blocks 4 bytes p",
	"leak " KEY " 3 blocks 4 bytes :",
};

START_TEST(test_damage_is_told_with_its_line)
{
	char *text;

	ck_assert_int_gt(
		asprintf(&text, "# fine\nleak " KEY " 1 blocks 1 bytes p: x\n%s\n", damaged[_i]),
		0);
	ck_assert_int_eq(parse(text), -1);
	ck_assert_uint_eq(why.line, 3);
	ck_assert_uint_gt(strlen(why.message), 10);
	free(text);
	release();
}
END_TEST

START_TEST(test_a_binary_file_is_refused)
{
	static const char text[] = "leak " KEY "\0 1 blocks 1 bytes p: x\n";

	ck_assert_int_eq(baseline_parse(&baseline, &arena, text, sizeof text - 1, &why), -1);
	release();
}
END_TEST

/* A leak may look like growth in the next run; a double free never looks like a leak. */
START_TEST(test_rules_of_memory_are_one)
{
	ck_assert_int_eq(parse("leak " KEY " 1 blocks 1 bytes p: x\n"
			       "double-free " OTHER_KEY " 1 blocks 1 bytes p: x\n"),
			 0);
	ck_assert_ptr_nonnull(baseline_find(&baseline, GATE_LEAK, KEY, "p"));
	ck_assert_ptr_nonnull(baseline_find(&baseline, GATE_GROWTH, KEY, "p"));
	ck_assert_ptr_nonnull(baseline_find(&baseline, GATE_UNFREED, KEY, "p"));
	ck_assert_ptr_null(baseline_find(&baseline, GATE_DOUBLE_FREE, KEY, "p"));
	ck_assert_ptr_nonnull(baseline_find(&baseline, GATE_DOUBLE_FREE, OTHER_KEY, "p"));
	ck_assert_ptr_null(baseline_find(&baseline, GATE_FOREIGN_FREE, OTHER_KEY, "p"));
	ck_assert_ptr_null(baseline_find(&baseline, GATE_LEAK, OTHER_KEY, "p"));
	ck_assert_ptr_null(baseline_find(&baseline, GATE_LEAK, KEY, "other"));
	ck_assert_ptr_null(baseline_find(&baseline, GATE_LEAK, "", "p"));
	release();
}
END_TEST

START_TEST(test_written_lines_are_sorted)
{
	char *text;

	ck_assert_int_eq(parse("leak " KEY " 1 blocks 1 bytes zebra: a\n"
			       "leak " KEY " 1 blocks 1 bytes ant: b\n"
			       "growth " OTHER_KEY " 1 blocks 1 bytes ant: a\n"),
			 0);
	text = written();
	ck_assert_ptr_nonnull(
		strstr(text, "\ngrowth " OTHER_KEY " 1 blocks 1 bytes ant: a\nleak " KEY
			     " 1 blocks 1 bytes ant: b\nleak " KEY " 1 blocks 1 bytes zebra: a\n"));
	ck_assert_int_eq(*text, '#');
	free(text);
	release();
}
END_TEST

/* Names of programs and functions may hold anything. */
START_TEST(test_any_name_survives)
{
	static const char *const names[] = {"a b", "a:b", "100%", "a\nb", "\xff\x01", "%41", "ä"};
	struct baseline_entry entry = {
		.rule = "leak", .key = KEY, .place = "f(int)\n# < operator%", .bytes = UINT64_MAX};
	char *text;

	entry.program = names[_i];
	baseline_add(&baseline, &entry);
	text = written();
	baseline_release(&baseline);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(baseline.count, 1);
	ck_assert_str_eq(baseline.entries[0].program, names[_i]);
	ck_assert_str_eq(baseline.entries[0].place, "f(int)?# < operator%");
	ck_assert_uint_eq(baseline.entries[0].bytes, UINT64_MAX);
	free(text);
	release();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("baseline");
	TCase *tests = tcase_create("baseline");

	tcase_add_test(tests, test_a_line_is_read);
	tcase_add_test(tests, test_what_is_no_finding_is_passed_over);
	tcase_add_loop_test(tests, test_damage_is_told_with_its_line, 0,
			    sizeof damaged / sizeof *damaged);
	tcase_add_test(tests, test_a_binary_file_is_refused);
	tcase_add_test(tests, test_rules_of_memory_are_one);
	tcase_add_test(tests, test_written_lines_are_sorted);
	tcase_add_loop_test(tests, test_any_name_survives, 0, 7);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
