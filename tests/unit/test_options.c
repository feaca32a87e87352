/* SPDX-License-Identifier: MIT */
#include "../../analyzer/util/options.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../analyzer/record/settings.h"
#include "../../analyzer/util/message.h"
#include "suite.h"

static bool flag;
static const char *text, *choice;
static uint64_t count, bytes, duration;

static const struct option_spec table[] = {
	{"flag", 'f', OPTION_FLAG, NULL, &flag, "a flag"},
	{"text", 't', OPTION_STRING, "TEXT", &text, "a string"},
	{"choice", 0, OPTION_CHOICE, "one|two", &choice, "a choice"},
	{"count", 'n', OPTION_COUNT, "N", &count, "a number"},
	{"bytes", 0, OPTION_BYTES, "BYTES", &bytes, "a size"},
	{"time", 0, OPTION_DURATION, "TIME", &duration, "a duration"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};
static const struct command command = {"test", "[--] WORD", "a test", table, NULL, false};

static const struct command permuting = {"test", "WORD...", "a test", table, NULL, true};

/* Parses up to eight words; returns how many were consumed behind the first, or -1. */
static int parse(const char *first, ...)
{
	char *argv[10] = {(char *)"test"};
	va_list rest;
	int argc = 1;

	va_start(rest, first);
	for (const char *word = first; word; word = va_arg(rest, const char *))
		argv[argc++] = (char *)word;
	va_end(rest);
	return options_parse(&command, argc, argv);
}

/* Errors are expected here; their words are nobody's business. */
static void be_silent(void)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

START_TEST(stops_at_the_first_operand)
{
	ck_assert_int_eq(parse("-f", "word", "--text", "x", NULL), 2);
	ck_assert(flag);
	ck_assert_ptr_null(text);
	ck_assert_int_eq(parse("--", "-f", NULL), 2);
	ck_assert_int_eq(parse("-", NULL), 1);
	ck_assert_int_eq(parse(NULL), 1);
}
END_TEST

START_TEST(moves_operands_behind_options)
{
	char *argv[] = {(char *)"test", (char *)"a",  (char *)"-f", (char *)"b",  (char *)"-",
			(char *)"-t",	(char *)"-x", (char *)"c",  (char *)"--", (char *)"-d"};
	int used = options_parse(&permuting, 10, argv);

	ck_assert_int_eq(used, 5);
	ck_assert(flag);
	ck_assert_str_eq(text, "-x");
	ck_assert_str_eq(argv[5], "a");
	ck_assert_str_eq(argv[6], "b");
	ck_assert_str_eq(argv[7], "-");
	ck_assert_str_eq(argv[8], "c");
	ck_assert_str_eq(argv[9], "-d");
}
END_TEST

START_TEST(takes_values_in_all_spellings)
{
	ck_assert_int_eq(parse("--text=a=b", NULL), 2);
	ck_assert_str_eq(text, "a=b");
	ck_assert_int_eq(parse("--text", "c", NULL), 3);
	ck_assert_str_eq(text, "c");
	ck_assert_int_eq(parse("-td", NULL), 2);
	ck_assert_str_eq(text, "d");
	ck_assert_int_eq(parse("-ft", "-q", NULL), 3);
	ck_assert_str_eq(text, "-q");
	ck_assert_int_eq(parse("--text=", NULL), 2);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(parse("--choice=two", "-n12", "--bytes=1.5K", "--time=3ms", NULL), 5);
	ck_assert_str_eq(choice, "two");
	ck_assert_uint_eq(count, 12);
	ck_assert_uint_eq(bytes, 1536);
	ck_assert_uint_eq(duration, 3000000);
}
END_TEST

static const char *const wrong[][2] = {
	{"--nonsense", NULL},
	{"--tex=x", NULL},
	{"-x", NULL},
	{"-fx", NULL},
	{"--flag=yes", NULL},
	{"--text", NULL},
	{"-t", NULL},
	{"--choice=three", NULL},
	{"--choice=", NULL},
	{"--choice=one|", NULL},
	{"--choice=on", NULL},
	{"--count=", NULL},
	{"--count=-1", NULL},
	{"--count=1x", NULL},
	{"--count", "ten"},
	{"--bytes=x", NULL},
	{"--time=1 s", NULL},
	{"--=x", NULL},
	{"--count=99999999999999999999", NULL},
};

START_TEST(refuses)
{
	be_silent();
	ck_assert_int_eq(parse(wrong[_i][0], wrong[_i][1], NULL), -1);
}
END_TEST

START_TEST(common_options)
{
	parse("-qv", NULL);
	ck_assert_int_eq(message_level, -1);
}
END_TEST

START_TEST(verbose_alone)
{
	parse("--verbose", NULL);
	ck_assert_int_eq(message_level, 1);
}
END_TEST

START_TEST(colour)
{
	unsetenv("NO_COLOR");
	ck_assert(!options_color(-1));
	parse("--color=always", NULL);
	setenv("NO_COLOR", "1", 1);
	ck_assert(options_color(-1));
	parse("--color=never", NULL);
	ck_assert(!options_color(-1));
}
END_TEST

START_TEST(help_goes_to_stdout)
{
	char output[2000] = "";
	int ends[2], status;
	pid_t child;
	ssize_t got;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		parse("--help", "word", NULL);
		_exit(99);
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	got = read(ends[0], output, sizeof output - 1);
	ck_assert_int_gt(got, 0);
	for (const struct option_spec *option = table; option->name; option++) {
		ck_assert_ptr_nonnull(strstr(output, option->name));
		ck_assert_ptr_nonnull(strstr(output, option->help));
	}
	ck_assert_ptr_nonnull(strstr(output, "tenure test [options] [--] WORD"));
}
END_TEST

static const struct {
	const char *text;
	bool valid;
	uint64_t value;
} sizes[] = {
	{"0", true, 0},
	{"4096", true, 4096},
	{"64K", true, 65536},
	{"64KiB", true, 65536},
	{"3M", true, 3145728},
	{"1GiB", true, 1073741824},
	{"0.5G", true, 536870912},
	{"1.0000000001K", true, 1024},
	{"18446744073709551615", true, UINT64_MAX},
	{"18446744073709551616", false, 0},
	{"17179869184G", false, 0},
	{"", false, 0},
	{"K", false, 0},
	{"-1", false, 0},
	{"+1", false, 0},
	{" 1", false, 0},
	{"1 K", false, 0},
	{"1k", false, 0},
	{"1.", false, 0},
	{".5K", false, 0},
	{"1e3", false, 0},
	{"0x10", false, 0},
	{"1KB", false, 0},
};

START_TEST(parses_sizes)
{
	uint64_t value = 0;

	ck_assert_int_eq(options_parse_bytes(sizes[_i].text, &value), sizes[_i].valid);
	if (sizes[_i].valid)
		ck_assert_uint_eq(value, sizes[_i].value);
}
END_TEST

START_TEST(parses_durations)
{
	uint64_t ns;

	ck_assert(options_parse_duration("2", &ns) && ns == 2000000000);
	ck_assert(options_parse_duration("1.5h", &ns) && ns == 5400000000000);
	ck_assert(options_parse_duration("7us", &ns) && ns == 7000);
	ck_assert(options_parse_duration("2m", &ns) && ns == 120000000000);
	ck_assert(!options_parse_duration("2min", &ns));
	ck_assert(!options_parse_duration("9999999999h", &ns));
}
END_TEST

START_TEST(composes_recorder_settings)
{
	struct arena arena = {0};
	struct settings settings = {&arena, ""};

	settings_add(&settings, "output", "a:b\\c");
	settings_add(&settings, "follow", "none");
	ck_assert_str_eq(settings.text, "output=a\\:b\\\\c:follow=none");
	arena_release(&arena);
}
END_TEST

static const struct {
	const char *rule, *result;
} rules[] = {
	{"after:100", "after:100"},
	{"after:0", "after:0"},
	{"every:7", "every:7"},
	{"size:300", "size:300"},
	{"size:4K", "size:4096"},
	{"prob:1", "prob:1"},
	{"prob:0.25", "prob:0.25"},
	{"prob:0.3,42", "prob:0.3,42"},
	{"every:0", NULL},
	{"every:00", NULL},
	{"after:x", NULL},
	{"after:", NULL},
	{"after", NULL},
	{"sometimes", NULL},
	{"size:big", NULL},
	{"prob:1.5", NULL},
	{"prob:.5", NULL},
	{"prob:0.", NULL},
	{"prob:-0.5", NULL},
	{"prob:0.5,", NULL},
	{"prob:0.5,x", NULL},
	{"prob:nan", NULL},
	{"prob:1e-3", NULL},
};

START_TEST(checks_fail_rules)
{
	struct arena arena = {0};
	const char *result = settings_fail_rule(&arena, rules[_i].rule);

	if (rules[_i].result)
		ck_assert_pstr_eq(result, rules[_i].result);
	else
		ck_assert_ptr_null(result);
	arena_release(&arena);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, stops_at_the_first_operand);
	tcase_add_test(tcase, moves_operands_behind_options);
	tcase_add_test(tcase, takes_values_in_all_spellings);
	tcase_add_loop_test(tcase, refuses, 0, COUNT(wrong));
	tcase_add_test(tcase, common_options);
	tcase_add_test(tcase, verbose_alone);
	tcase_add_test(tcase, colour);
	tcase_add_test(tcase, help_goes_to_stdout);
	tcase_add_loop_test(tcase, parses_sizes, 0, COUNT(sizes));
	tcase_add_test(tcase, parses_durations);
	tcase_add_test(tcase, composes_recorder_settings);
	tcase_add_loop_test(tcase, checks_fail_rules, 0, COUNT(rules));
	return suite_run(suite);
}
