/* SPDX-License-Identifier: MIT */
/* What reports for people are made from: sentences, rates, wrapped lines and charts. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/visible.h"
#include "report/words.h"
#include "report/wrap.h"
#include "suite.h"
#include "text_fixture.h"

/* Verdicts of sites with one block of 1 KiB each, and the sentence they lead to. */
static const struct {
	enum verdict verdicts[4];
	unsigned count;
	const char *sentence;
	unsigned slight; /* the first so many have little confidence */
} sentences[] = {
	{{VERDICT_LEAK}, 1, "1 site leaks: 1.0 KiB in 1 block, growing by 1.0 KiB a second.", 0},
	{{VERDICT_GROWING, VERDICT_GROWING},
	 2,
	 "2 sites grow: 2.0 KiB in 2 blocks, growing by 2.0 KiB a second together.",
	 0},
	{{VERDICT_GROWING, VERDICT_LEAK},
	 2,
	 "1 site leaks and 1 site grows: 2.0 KiB in 2 blocks, growing by 2.0 KiB a second "
	 "together.",
	 0},
	{{VERDICT_GROWING, VERDICT_GROWING},
	 2,
	 "1 site grows: 1.0 KiB in 1 block, growing by 1.0 KiB a second. 1 site may grow by little: "
	 "1.0 KiB in 1 block.",
	 1},
	{{VERDICT_GROWING, VERDICT_STARTUP},
	 2,
	 "Nothing leaks or grows, as far as this trace can tell. 1 site may grow by little: 1.0 KiB "
	 "in 1 block.",
	 1},
	{{VERDICT_CACHE, VERDICT_STARTUP, VERDICT_BALANCED, VERDICT_CLEANED},
	 4,
	 "Nothing leaks or grows, as far as this trace can tell.",
	 0},
	{{VERDICT_UNFREED, VERDICT_STARTUP},
	 2,
	 "Nothing is seen to grow, but 1 site never freed what it allocated: 1.0 KiB in 1 block.",
	 0},
	{{VERDICT_UNKNOWN, VERDICT_UNKNOWN},
	 2,
	 "Whether anything leaks cannot be told from this trace. 2.0 KiB in 2 blocks cannot be "
	 "judged.",
	 0},
	{{VERDICT_GROWING, VERDICT_UNKNOWN},
	 2,
	 "1 site grows: 1.0 KiB in 1 block, growing by 1.0 KiB a second. 1.0 KiB in 1 block cannot "
	 "be judged.",
	 0},
};

START_TEST(test_sentences)
{
	struct model_site sites[4] = {0};
	struct model model = {
		.run = {.duration_ns = 10000000000u, .allocations = 4, .live_blocks = 4},
		.sites = sites,
		.site_count = sentences[_i].count,
	};
	FILE *file = open_text();

	for (unsigned i = 0; i < sentences[_i].count; i++) {
		sites[i].verdict = sentences[_i].verdicts[i];
		sites[i].live_blocks = 1;
		sites[i].live_bytes = 1024;
		sites[i].confidence = i < sentences[_i].slight ? 0.4 : 0.9;
		sites[i].growth = (struct model_growth){.known = true, .bytes_per_s = 1024};
	}
	words_put_verdict(file, &model, false);
	fclose(file);
	ck_assert_str_eq(text, sentences[_i].sentence);
}
END_TEST

START_TEST(test_rates_and_ages)
{
	struct model_run run = {.age_clock = AGE_BYTES};

	ck_assert_str_eq(human_rate(1024, 1000000000, false).text, "1.0 KiB a second");
	ck_assert_str_eq(human_rate(1024, 120ull * 1000000000, false).text, "60.0 KiB a minute");
	ck_assert_str_eq(human_rate(-1, 7200ull * 1000000000, true).text, "-3,600 an hour");
	ck_assert_str_eq(words_age(&run, 1024).text, "1.0 KiB of allocations");
	run.age_clock = AGE_ALLOCATIONS;
	ck_assert_str_eq(words_age(&run, 1).text, "1 allocation");
	run.age_clock = AGE_NS;
	ck_assert_str_eq(words_age(&run, 1000).text, "1.0 µs");
}
END_TEST

static const struct model_survival_point points[] = {
	{1, 0.9, 0.85, 0.95},
	{1000, 0.5, 0.4, 0.6},
	{1000000, 0.1, 0.05, 0.2},
};

START_TEST(test_survival_chart)
{
	struct model_run run = {0};
	struct model_survival survival = {.points = points, .point_count = 3};
	FILE *file = open_text();

	chart_survival(file, "", &run, &survival, false);
	fclose(file);
	/* 90 % until the age of 1000, then 50 %, and 10 % at the end. */
	assert_has("  90 % |****************************\n");
	assert_has("  50 % |                            ***************************\n");
	assert_has("  10 % |                                                       *\n");
	assert_has("1 B ");
	assert_has("1000 B");
	assert_has("976.6 KiB\n");
	for (const char *p = text; *p; p++)
		ck_assert_int_lt((unsigned char)*p, 0x80);
	survival.point_count = 1;
	file = open_text();
	chart_survival(file, "", &run, &survival, false);
	fclose(file);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(test_sparks)
{
	FILE *file = open_text();
	struct spark spark;

	spark_init(&spark, 100, 100);
	spark_add(&spark, 0, 5);
	spark_put(&spark, file, false);
	spark_init(&spark, 0, CHART_COLUMNS);
	spark_put(&spark, file, false);
	for (uint64_t i = 10; i < CHART_COLUMNS * 2; i++)
		spark_add(&spark, i, i == 20 ? UINT64_MAX : i);
	ck_assert_uint_eq(spark.most, UINT64_MAX);
	putc(' ', file);
	spark_put(&spark, file, false);
	putc(' ', file);
	spark_put(&spark, file, true);
	fclose(file);
	ck_assert_int_eq(text[0], '9');
	ck_assert_int_eq(text[CHART_COLUMNS], '0');
	assert_has(" 00000000000000000000900000000");
	assert_has("▁▁█▁▁");
}
END_TEST

static const struct {
	const char *text;
	unsigned used, columns, lines;
	const char *wrapped;
	unsigned count;
} wraps[] = {
	{"", 0, 10, 0, "\n", 1},
	{"one two three", 0, 80, 0, "one two three\n", 1},
	{"one two three", 0, 8, 0, "one two\n  three\n", 2},
	{"one two three", 4, 8, 0, "one\n  two\n  three\n", 3},
	{"one two three four", 0, 8, 1, "one ...\n", 1},
	{"one two three", 0, 7, 2, "one two\n  three\n", 2},
	{"overlongwordoverlong x", 0, 8, 0, "overlongwordoverlong\n  x\n", 2},
	{"a\nb \033", 0, 80, 0, "a\\nb \\x1b\n", 1},
	{"gr\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc ab", 0, 9, 0,
	 "gr\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc ab\n", 1},
};

START_TEST(test_wrapping)
{
	FILE *file = open_text();
	unsigned lines = wrap_put(file, wraps[_i].text, wraps[_i].used, "  ", wraps[_i].columns,
				  wraps[_i].lines);

	fclose(file);
	ck_assert_str_eq(text, wraps[_i].wrapped);
	ck_assert_uint_eq(lines, wraps[_i].count);
}
END_TEST

static const struct {
	const char *text;
	unsigned columns;
	const char *cut;
} cuts[] = {
	{"short", 5, "short"},
	{"longer", 5, "lo..."},
	{"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 5, "\xc3\xbc\xc3\xbc..."},
	{"\033\033\033", 8, "\\x1b..."},
};

START_TEST(test_cutting)
{
	FILE *file = open_text();
	unsigned width = wrap_put_cut(file, cuts[_i].text, cuts[_i].columns);

	fclose(file);
	ck_assert_str_eq(text, cuts[_i].cut);
	ck_assert_uint_eq(width, visible_width(text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_words");
	TCase *tests = tcase_create("words and lines");

	tcase_add_checked_fixture(tests, NULL, forget_text);
	tcase_add_loop_test(tests, test_sentences, 0, sizeof sentences / sizeof *sentences);
	tcase_add_test(tests, test_rates_and_ages);
	tcase_add_test(tests, test_survival_chart);
	tcase_add_test(tests, test_sparks);
	tcase_add_loop_test(tests, test_wrapping, 0, sizeof wraps / sizeof *wraps);
	tcase_add_loop_test(tests, test_cutting, 0, sizeof cuts / sizeof *cuts);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
