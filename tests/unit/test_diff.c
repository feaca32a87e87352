/* SPDX-License-Identifier: MIT */
/* The difference of two runs, from hand-made models: which rows there are, and how they are told. */
#define _GNU_SOURCE
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/diff.h"
#include "report/diff_format.h"
#include "report/verdicts.h"
#include "suite.h"
#include "text_fixture.h"

#define HOSTILE "evil\n\033]0;title\a\r\x9b\xc2\x9b\xff\xe2\x80\xae\b\x7f```|<script>"
#define SITES_MAX 4

static const struct model_frame frames[] = {
	{"grow", "/src/a.c", 7, "/usr/bin/prog", 0x1234, false, "c", "", NULL},
	{"main", "/src/a.c", 12, "/usr/bin/prog", 0x2234, false, "c", "", NULL},
};
static const struct model_frame hostile_frames[] = {
	{HOSTILE, HOSTILE, 1, HOSTILE, 1, false, "", "", NULL},
};
static const struct model_frame nameless_frames[] = {
	{"", "", 0, "/usr/bin/prog", 0x1234, false, "", "", NULL},
	{"main", "", 0, "/usr/bin/prog", 0x2234, false, "", "", NULL},
};
static const char *const argv[] = {"prog", HOSTILE};
static const char *const limits[] = {"3 events were lost"};

struct side {
	struct model model;
	struct model_site sites[SITES_MAX];
};

static struct side before, after;
static struct diff_options diff_options;
static struct report_options report_options;
static struct model_diff diff;
static struct arena arena;

static void init_side(struct side *side, const char *trace_path)
{
	memset(side, 0, sizeof *side);
	side->model = (struct model){
		.run =
			{
				.trace_path = trace_path,
				.program = "/usr/bin/prog",
				.argv = argv,
				.argc = 2,
				.complete = true,
				.damage = "",
				.end_kind = "exit",
			},
		.sites = side->sites,
	};
}

static void setup(void)
{
	arena_release(&arena);
	init_side(&before, "old.tenure");
	init_side(&after, "new.tenure");
	memset(&diff_options, 0, sizeof diff_options);
	memset(&report_options, 0, sizeof report_options);
}

static void teardown(void)
{
	arena_release(&arena);
	forget_text();
}

static struct model_site *add(struct side *side, uint64_t fingerprint, uint64_t bytes)
{
	struct model_site *site = &side->sites[side->model.site_count++];

	ck_assert_uint_le(side->model.site_count, SITES_MAX);
	*site = (struct model_site){
		.id = side->model.site_count,
		.fingerprint = fingerprint,
		.stack = {frames, 2},
		.api = "malloc",
		.verdict = VERDICT_CACHE,
		.why = "because",
		.stacks = 1,
		.allocations = 1,
		.allocated_bytes = bytes,
		.live_bytes = bytes,
		.peak_bytes = bytes,
		.type = "",
	};
	side->model.run.allocations++;
	side->model.run.allocated_bytes += bytes;
	side->model.run.live_bytes += bytes;
	side->model.run.peak_bytes += bytes;
	return site;
}

static const struct model_change *compare(void)
{
	diff_build(&diff, &before.model, &after.model, &diff_options, &arena);
	return diff.changes;
}

static const char *render(const char *format)
{
	FILE *file = open_text();

	ck_assert_int_eq(diff_format_by_name(format)->write(&diff, &report_options, file), 0);
	fclose(file);
	return text;
}

static bool has_note(const char *words)
{
	for (uint32_t i = 0; i < diff.note_count; i++)
		if (strstr(diff.notes[i], words))
			return true;
	return false;
}

START_TEST(test_every_kind)
{
	const struct model_change *changes;

	add(&before, 3, 100);
	add(&before, 5, 500);
	add(&before, 4, 400);
	add(&before, 1, 50);
	add(&after, 5, 100);
	add(&after, 2, 20);
	add(&after, 4, 400);
	add(&after, 3, 700);
	changes = compare();
	ck_assert_uint_eq(diff.change_count, 5);
	for (int i = 0; i < CHANGE_KINDS; i++) {
		ck_assert_int_eq(changes[i].kind, i);
		ck_assert_uint_eq(diff.counts[i], 1);
	}
	ck_assert_uint_eq(changes[CHANGE_APPEARED].fingerprint, 2);
	ck_assert_ptr_null(changes[CHANGE_APPEARED].old_side.site);
	ck_assert_ptr_eq(changes[CHANGE_APPEARED].new_side.site, &after.sites[1]);
	ck_assert_int_eq(changes[CHANGE_APPEARED].difference, 20);
	ck_assert_int_eq(changes[CHANGE_GREW].difference, 600);
	ck_assert_int_eq(changes[CHANGE_SHRANK].difference, -400);
	ck_assert_int_eq(changes[CHANGE_VANISHED].difference, -50);
	ck_assert_ptr_null(changes[CHANGE_VANISHED].new_side.site);
	ck_assert_str_eq(changes[CHANGE_VANISHED].new_side.why, "");
	ck_assert_int_eq(changes[CHANGE_SAME].difference, 0);
	ck_assert_uint_eq(diff.old_totals[MEASURE_LIVE], 1050);
	ck_assert_uint_eq(diff.new_totals[MEASURE_LIVE], 1220);
	render("text");
	for (const char *const *words =
		     (const char *const[]){"Appeared (1)", "Grew (1)", "Shrank (1)", "Vanished (1)",
					   "1 site is the same", NULL};
	     *words; words++)
		assert_has(*words);
	assert_lacks("Nothing changed");
}
END_TEST

START_TEST(test_same_fingerprint_adds_up)
{
	const struct model_change *change;

	add(&before, 7, 100);
	add(&before, 7, 200)->verdict = VERDICT_BALANCED;
	add(&before, 7, 50)->verdict = VERDICT_UNKNOWN;
	add(&after, 7, 340)->verdict = VERDICT_GROWING;
	after.sites[0].why = "it grows";
	add(&after, 7, 350);
	add(&after, 7, 10);
	change = compare();
	ck_assert_uint_eq(diff.change_count, 1);
	ck_assert_uint_eq(change->old_side.sites, 3);
	ck_assert_uint_eq(change->old_side.values[MEASURE_LIVE], 350);
	ck_assert_uint_eq(change->old_side.values[MEASURE_ALLOCATIONS], 3);
	ck_assert_ptr_eq(change->old_side.site, &before.sites[1]);
	ck_assert_int_eq(change->old_side.verdict, VERDICT_CACHE);
	ck_assert_int_eq(change->new_side.verdict, VERDICT_GROWING);
	ck_assert_ptr_eq(change->new_side.site, &after.sites[1]);
	ck_assert_str_eq(change->new_side.why, "it grows");
	ck_assert(change->verdict_changed);
	ck_assert_int_eq(change->kind, CHANGE_GREW);
	render("text");
	assert_has("was cache-like, now growing: it grows");
	assert_has("#2 and 2 others malloc");
}
END_TEST

/* Allocations without a call stack are one row. */
START_TEST(test_no_stack)
{
	add(&before, 0, 100)->stack.frame_count = 0;
	add(&after, 0, 300)->stack.frame_count = 0;
	ck_assert_int_eq(compare()->kind, CHANGE_GREW);
	ck_assert_uint_eq(diff.change_count, 1);
	render("text");
	assert_has("(no call stack)");
}
END_TEST

static const struct floor {
	uint64_t before, after;
	uint32_t tolerance_percent;
	uint64_t least;
	enum change_kind kind;
} floors[] = {
	{1000, 1050, 5, 0, CHANGE_SAME},
	{1000, 1051, 5, 0, CHANGE_GREW},
	{1000, 950, 5, 0, CHANGE_SAME},
	{1000, 949, 5, 0, CHANGE_SHRANK},
	{1000, 1001, 0, 0, CHANGE_GREW},
	{1000, 1063, 0, 64, CHANGE_SAME},
	{1000, 1064, 0, 64, CHANGE_GREW},
	{1000, 936, 0, 64, CHANGE_SHRANK},
	{1000, 1070, 10, 64, CHANGE_SAME},
	{0, 1, 5, 0, CHANGE_GREW},
	{0, 63, 5, 64, CHANGE_SAME},
	{UINT64_MAX, 0, 5, 0, CHANGE_SHRANK},
	{1, UINT64_MAX, UINT32_MAX, 0, CHANGE_GREW},
	{UINT64_MAX, UINT64_MAX - 1, 1, 0, CHANGE_SAME},
};

START_TEST(test_noise)
{
	const struct floor *floor = &floors[_i];

	diff_options.tolerance_percent = floor->tolerance_percent;
	diff_options.least = floor->least;
	add(&before, 1, floor->before);
	add(&after, 1, floor->after);
	ck_assert_int_eq(compare()->kind, floor->kind);
	render("text");
	ck_assert_int_eq(strstr(text, "Nothing changed") != NULL, floor->kind == CHANGE_SAME);
}
END_TEST

/* A site of one run alone is noise, too, if it is small enough. */
START_TEST(test_noise_in_one_run)
{
	diff_options.least = 64;
	add(&before, 1, 63);
	add(&after, 2, 63);
	add(&after, 3, 64);
	compare();
	ck_assert_uint_eq(diff.counts[CHANGE_APPEARED], 1);
	ck_assert_uint_eq(diff.counts[CHANGE_VANISHED], 0);
	ck_assert_uint_eq(diff.counts[CHANGE_SAME], 2);
	render("json");
}
END_TEST

START_TEST(test_measures)
{
	static const struct {
		const char *word;
		size_t number;
	} measures[] = {
		{"live", offsetof(struct model_site, live_bytes)},
		{"allocated", offsetof(struct model_site, allocated_bytes)},
		{"allocations", offsetof(struct model_site, allocations)},
		{"peak", offsetof(struct model_site, peak_bytes)},
		{"temporary", offsetof(struct model_site, temporary)},
	};
	uint64_t number = 4000;

	for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
		setup();
		ck_assert(diff_parse_measure(measures[i].word, &diff_options.measure));
		ck_assert_str_eq(diff_format_measure(diff_options.measure), measures[i].word);
		add(&before, 1, 10);
		memcpy((char *)add(&after, 1, 10) + measures[i].number, &number, sizeof number);
		ck_assert_int_eq(compare()->kind, CHANGE_GREW);
		diff_options.measure = (diff_options.measure + 1) % MEASURES;
		ck_assert_int_eq(compare()->kind, CHANGE_SAME);
	}
	ck_assert(!diff_parse_measure("bytes", &diff_options.measure));
}
END_TEST

START_TEST(test_lengths)
{
	add(&before, 1, 100);
	add(&after, 1, 200);
	before.model.run.allocated_bytes = 1000;
	after.model.run.allocated_bytes = 2000;
	compare();
	ck_assert(diff.lengths_differ);
	ck_assert(has_note("2.00 times as much"));
	ck_assert_double_eq_tol(diff.changes[0].scaled_difference, 0, 1e-9);
	ck_assert_int_eq(diff.changes[0].difference, 100);
	ck_assert_int_eq(diff.changes[0].kind, CHANGE_GREW);
	render("text");
	assert_has("scaled");
	after.model.run.allocated_bytes = 1100;
	compare();
	ck_assert(!diff.lengths_differ);
	ck_assert_uint_eq(diff.note_count, 0);
	before.model.run.allocated_bytes = 0;
	compare();
	ck_assert(diff.lengths_differ);
	ck_assert(isnan(diff.changes[0].scaled_difference));
	render("json");
	assert_has("\"length_ratio\":null");
	assert_has("\"scaled_difference\":null");
}
END_TEST

START_TEST(test_notes)
{
	add(&before, 1, 100)->stack = (struct model_stack){nameless_frames, 2};
	add(&after, 2, 200)->stack = (struct model_stack){nameless_frames, 2};
	compare();
	ck_assert(has_note("without names"));
	ck_assert(!has_note("are called"));
	after.model.run.program = "/usr/bin/other";
	compare();
	ck_assert(has_note("prog and other"));
}
END_TEST

/* What was not seen stands before all that is concluded. */
START_TEST(test_limits_come_first)
{
	add(&before, 1, 100);
	add(&after, 1, 200);
	after.model.run.limits = limits;
	after.model.run.limit_count = 1;
	compare();
	render("text");
	assert_has("new: 3 events were lost");
	ck_assert(strstr(text, "3 events") < strstr(text, "Total"));
	render("md");
	ck_assert(strstr(text, "3 events") < strstr(text, "grew"));
}
END_TEST

/* As many bytes, but another judgement: worth a line only if a leak came or went. */
START_TEST(test_turned)
{
	add(&before, 1, 100);
	add(&after, 1, 100)->verdict = VERDICT_LEAK;
	add(&before, 2, 100);
	add(&after, 2, 100)->verdict = VERDICT_STARTUP;
	compare();
	ck_assert_uint_eq(diff.counts[CHANGE_SAME], 2);
	render("text");
	assert_has("was cache-like, now leaking");
	assert_lacks("now kept");
	render("md");
	assert_has("was cache-like, **now leaking**");
}
END_TEST

START_TEST(test_order_and_top)
{
	for (uint32_t i = 1; i <= SITES_MAX; i++)
		add(&after, i, i * 100);
	compare();
	for (uint32_t i = 0; i < SITES_MAX; i++)
		ck_assert_uint_eq(diff.changes[i].fingerprint, SITES_MAX - i);
	report_options.top = 1;
	render("text");
	assert_has("3 more are not shown");
	assert_has("#4 malloc");
	assert_lacks("#3 malloc");
}
END_TEST

START_TEST(test_with_itself)
{
	add(&before, 1, 100);
	add(&before, 2, 200);
	diff_build(&diff, &before.model, &before.model, &diff_options, &arena);
	ck_assert_uint_eq(diff.counts[CHANGE_SAME], 2);
	ck_assert_uint_eq(diff.note_count, 0);
	render("text");
	assert_has("Nothing changed: 2 sites are the same.");
}
END_TEST

START_TEST(test_empty)
{
	static const char *const formats[] = {"text", "json", "md"};

	compare();
	ck_assert_uint_eq(diff.change_count, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_str_ne(render(formats[i]), "");
	ck_assert_ptr_null(diff_format_by_name("xml"));
}
END_TEST

/* Nothing that a program is called by may drive a terminal or break out of code. */
START_TEST(test_hostile_names)
{
	struct model_site *site = add(&after, 1, 200);

	site->stack = (struct model_stack){hostile_frames, 1};
	site->why = HOSTILE;
	before.model.run.program = HOSTILE;
	compare();
	render("text");
	for (const char *p = text; *p; p++)
		ck_assert((unsigned char)*p >= ' ' || *p == '\n');
	assert_lacks("\x9b\xc2");
	assert_has("evil");
	render("md");
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "evil", 4) || strstr(line, "<script>") == line)
			ck_abort_msg("out of code: %s", line);
	}
}
END_TEST

START_TEST(test_json_is_json)
{
	struct model_site *site = add(&after, UINT64_MAX, UINT64_MAX);
	FILE *python;

	site->stack = (struct model_stack){hostile_frames, 1};
	site->why = HOSTILE;
	add(&before, 2, 1);
	compare();
	python = popen("python3 -c '\n"
		       "import json, sys\n"
		       "d = json.load(sys.stdin)\n"
		       "assert d[\"schema\"] == 1 and d[\"measure\"] == \"live\"\n"
		       "a, v = d[\"changes\"]\n"
		       "assert a[\"change\"] == \"appeared\" and a[\"old\"] is None\n"
		       "assert a[\"new\"][\"live_bytes\"] == 2 ** 64 - 1\n"
		       "assert a[\"difference\"] == 2 ** 63 - 1\n"
		       "assert a[\"fingerprint\"] == \"f\" * 16\n"
		       "assert a[\"stack\"][0][\"function\"].startswith(\"evil\")\n"
		       "assert v[\"change\"] == \"vanished\" and v[\"new\"] is None\n"
		       "assert v[\"old\"][\"verdict\"] == \"cache\"\n"
		       "assert d[\"counts\"][\"appeared\"] == 1 and d[\"counts\"][\"same\"] == 0\n"
		       "assert d[\"totals\"][\"old\"][\"live_bytes\"] == 1\n"
		       "assert d[\"old\"][\"trace\"] == \"old.tenure\"\n"
		       "'",
		       "w");
	ck_assert_ptr_nonnull(python);
	ck_assert_int_eq(diff_format_json.write(&diff, &report_options, python), 0);
	ck_assert_int_eq(pclose(python), 0);
}
END_TEST

START_TEST(test_full_disk)
{
	static const char *const formats[] = {"text", "json", "md"};

	add(&after, 1, 200);
	compare();
	for (int i = 0; i < 3; i++) {
		FILE *full = fopen("/dev/full", "w");

		setvbuf(full, NULL, _IONBF, 0);
		ck_assert_int_eq(
			diff_format_by_name(formats[i])->write(&diff, &report_options, full), -1);
		fclose(full);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diff");
	TCase *tests = tcase_create("golden models");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_every_kind);
	tcase_add_test(tests, test_same_fingerprint_adds_up);
	tcase_add_test(tests, test_no_stack);
	tcase_add_loop_test(tests, test_noise, 0, sizeof floors / sizeof *floors);
	tcase_add_test(tests, test_noise_in_one_run);
	tcase_add_test(tests, test_measures);
	tcase_add_test(tests, test_lengths);
	tcase_add_test(tests, test_notes);
	tcase_add_test(tests, test_limits_come_first);
	tcase_add_test(tests, test_turned);
	tcase_add_test(tests, test_order_and_top);
	tcase_add_test(tests, test_with_itself);
	tcase_add_test(tests, test_empty);
	tcase_add_test(tests, test_hostile_names);
	tcase_add_test(tests, test_json_is_json);
	tcase_add_test(tests, test_full_disk);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
