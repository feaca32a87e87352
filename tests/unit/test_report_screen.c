/* SPDX-License-Identifier: MIT */
/* The first screen, single sites, groups and threads: they fit, and they say what the model says. */
#define _GNU_SOURCE
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/util/human.h"
#include "report/report.h"
#include "report/tables.h"
#include "report/visible.h"
#include "suite.h"
#include "text_fixture.h"

#define HOSTILE "evil\n\033]0;title\a\r\x9b\xc2\x9b\xff\xe2\x80\xae\b\x7f"
#define SITES 30
#define LONG \
	"a rather long sentence that goes on about everything there is to say about a site, and " \
	"then some more, until nobody wants to read it any further because it is too long, though " \
	"it has its points, all of which are good, and which must not be missed by those who care " \
	"for the memory of their programs and for the time of those who run them every day"

static const struct model_frame own_frames[] = {
	{"std::vector<int>::push_back", "/usr/include/c++/12/v.h", 9, "/bin/p", 1, true, "", "",
	 NULL},
	{"xmalloc", "x.c", 3, "/bin/p", 1, false, "c", "", NULL},
	{"keep_it", "/home/u/keep.c", 12, "/bin/p", 1, false, "c", "", NULL},
	{"main", "/home/u/keep.c", 99, "/bin/p", 1, false, "c", "", NULL},
};

static const struct model_frame long_frames[] = {
	{"a_function_with_a_name_that_is_longer_than_any_line_of_a_terminal_could_ever_be_expected_"
	 "to_show_without_wrapping<and, it, is, a, template, too>",
	 "/home/u/source.c", 123456, "/bin/p", 1, false, "", "", NULL},
};

static const struct model_frame hostile_frames[] = {
	{HOSTILE, HOSTILE, 1, HOSTILE, 1, false, "", "", NULL},
};

static const struct model_evidence evidence[] = {
	{"growth", true, true, "it grows"},
	{"persistence", true, false, "not at the end"},
	{"reachability", false, false, "no snapshot"},
};

static const struct model_survival_point points[] = {
	{1, 0.9, 0.85, 0.95},
	{1000, 0.5, 0.4, 0.6},
	{1000000, 0.1, 0.05, 0.2},
};

static const struct model_moment moments[] = {{0, 0, 0}, {500, 50, 1}, {1000, 100, 2}};

static const struct model_census census[] = {
	{.ns = 0, .live_bytes = 0},
	{.ns = 5000000000u, .live_bytes = 4 << 20},
	{.ns = 9000000000u, .live_bytes = 8 << 20},
};

static struct model_site sites[SITES];
static struct model_thread thread;
static struct model_group group;
static const struct model_grouping grouping = {"file", &group, 1};
static struct model model;
static struct report_options options;

static void setup(void)
{
	static const char *const argv[] = {"prog"};

	memset(&options, 0, sizeof options);
	options.top = 5;
	model = (struct model){
		.snapshot = {.missing = "nobody looked", .cause = ""},
		.run =
			{
				.trace_path = "prog.1.tenure",
				.program = "/bin/prog",
				.argv = argv,
				.argc = 1,
				.pid = 4711,
				.complete = true,
				.damage = "",
				.end_kind = "exit",
				.duration_ns = 10000000000u,
				.allocations = 1000,
				.live_blocks = 10,
				.live_bytes = 1 << 20,
				.generation_ages = {65536, 1 << 20},
				.survival = {.blocks = 10, .plateau = 0.25, .followed_up = true},
			},
		.sites = sites,
		.census = census,
		.census_count = 3,
	};
	for (uint32_t i = 0; i < SITES; i++)
		sites[i] = (struct model_site){
			.id = i + 1,
			.stack = {own_frames, 4},
			.api = "malloc",
			.type = "",
			.why = LONG,
			.stacks = 1,
		};
	thread = (struct model_thread){.id = 1, .tid = 77, .name = "worker", .allocations = 5};
	group = (struct model_group){.name = "a/file.c", .source = "", .sum = sites[0]};
}

/* The next site of the model. */
static struct model_site *add(enum verdict verdict, uint64_t blocks, uint64_t bytes)
{
	struct model_site *site = &sites[model.site_count++];

	site->verdict = verdict;
	site->allocations = blocks;
	site->live_blocks = blocks;
	site->live_bytes = bytes;
	site->confidence = 0.5;
	return site;
}

static void render(const struct report_format *format)
{
	FILE *file = open_text();

	ck_assert_int_eq(format->write(&model, &options, file), 0);
	fclose(file);
}

/* Lines of the first screen, which ends with what to type next. */
static unsigned first_screen_lines(void)
{
	char *next = strstr(text, "\nNext: ");
	unsigned lines = 0;

	ck_assert_ptr_nonnull(next);
	for (char *p = text; p < next; p++)
		lines += *p == '\n';
	return lines + 3;
}

START_TEST(test_one_screen)
{
	static const char *argv[40];
	static const char *limits[12];

	for (size_t i = 0; i < 40; i++)
		argv[i] = "an-argument-of-some-length";
	for (size_t i = 0; i < 12; i++)
		limits[i] = LONG;
	model.run.argv = argv;
	model.run.argc = 40;
	model.run.limits = limits;
	model.run.limit_count = 12;
	model.run.mappings = model.run.failed_allocations = 1;
	model.run.since_ns = 1;
	model.run.live_bytes = (uint64_t)SITES << 30;
	model.run.peak_resident_bytes = 1 << 30;
	model.run.survival.has_median = true;
	model.run.survival.median_age = 1 << 30;
	model.run.survival.followed_up = false;
	for (uint32_t i = 0; i < SITES; i++) {
		add(i % 2 ? VERDICT_LEAK : VERDICT_GROWING, 123456789, 1 << 30)->stack =
			(struct model_stack){long_frames, 1};
		sites[i].growth = (struct model_growth){.known = true, .bytes_per_s = 1e9};
	}
	sites[0].id = 12345;
	model.fragmentation.known = _i;
	model.fragmentation.end.known = _i;
	options.exact_bytes = _i;
	options.unicode = true;
	render(&report_text);
	ck_assert_uint_le(first_screen_lines(), 40);
	ck_assert_uint_ge(first_screen_lines(), 30);
	assert_has("15 sites leak and 15 sites grow");
	assert_has("  #12345 ");
	assert_has("  - 9 more, listed below\n");
	assert_has(" source.c:123456\n");
	for (char *line = strtok(text, "\n"); line && strncmp(line, "Next", 4);
	     line = strtok(NULL, "\n"))
		ck_assert_msg(visible_width(line) <= 100, "%zu columns: %s", visible_width(line),
			      line);
}
END_TEST

START_TEST(test_what_to_look_at)
{
	add(VERDICT_STARTUP, 1, 900000);
	add(VERDICT_UNFREED, 1, 800);
	add(VERDICT_LEAK, 3, 700);
	add(VERDICT_LEAK, 0, 0);
	render(&report_text);
	assert_has("2 sites leak: 700 B in 3 blocks.");
	assert_has("Look at first\n  #3  700 B in 3 blocks, leaks (confidence 50 %): keep_it "
		   "keep.c:12\n");
	assert_has("  #2  800 B in 1 block, never freed");
	ck_assert(strstr(text, "  #3  ") < strstr(text, "  #2  "));
	assert_lacks("  #1  ");
	assert_has("Next: tenure report --site=3 prog.1.tenure\n");
}
END_TEST

static const struct {
	const char *function, *shown;
} names[] = {
	{"f(int, void (*)(int))", ": f k.c:1\n"},
	{"a::b<c(d)>::e() const", ": a::b<c(d)>::e k.c:1\n"},
	{"(anonymous namespace)::f(int)", ": (anonymous namespace)::f k.c:1\n"},
	{"s::operator()(int)", ": s::operator()(int) k.c:1\n"},
	{"(main)", ": (main) k.c:1\n"},
	{"odd)", ": odd) k.c:1\n"},
	{"f(int)::{lambda()#1}", ": f(int)::{lambda()#1} k.c:1\n"},
};

START_TEST(test_names_in_short)
{
	const struct model_frame frame = {
		names[_i].function, "/k.c", 1, "/bin/p", 1, false, "", "", NULL};

	add(VERDICT_LEAK, 3, 700)->stack = (struct model_stack){&frame, 1};
	render(&report_text);
	assert_has(names[_i].shown);
}
END_TEST

START_TEST(test_numbers)
{
	model.run.generations[2].bytes = 4096;
	add(VERDICT_CACHE, 1, 1 << 19);
	add(VERDICT_STARTUP, 1, 1 << 19);
	render(&report_text);
	assert_has("50 % cache-like, 50 % start-up");
	assert_has("young 0 B, middle 0 B, old 4.0 KiB");
	assert_has("middle from 64.0 KiB, old from 1.0 MiB, in bytes allocated since birth");
	assert_has("25 % never die\n");
	assert_has("  live over time  0000000000000000000000000000");
	assert_has("5999999  at most 8.0 MiB");
	assert_lacks("resident");
	model.run.age_clock = AGE_NS;
	options.unicode = true;
	model.fragmentation.known = model.fragmentation.end.known = true;
	model.fragmentation.end.resident = 3 << 20;
	model.fragmentation.end.pinned = 1 << 20;
	render(&report_text);
	assert_has("old from 1.0 ms, in time since birth");
	assert_has("▁▁▁▅▅▅▅");
	assert_has("█  at most");
	assert_has("resident at end          3.0 MiB  0 B live, 1.0 MiB pinned");
}
END_TEST

START_TEST(test_window)
{
	model.run.since_ns = 1500000000;
	render(&report_text);
	assert_has("only about blocks allocated from 1.50 s after its start on\n");
	model.run.until_ns = 2500000000;
	render(&report_text);
	assert_has("only about blocks allocated from 1.50 s to 2.50 s after its start");
	render(&report_markdown);
	assert_has("Only about blocks allocated from 1.50 s to 2.50 s after the start.");
}
END_TEST

START_TEST(test_nothing_recorded)
{
	memset(&model.run.live_blocks, 0, sizeof model.run.live_blocks);
	model.run.allocations = 0;
	model.census_count = 0;
	render(&report_text);
	assert_has("No allocation was recorded.");
	assert_lacks("Look at first");
	assert_lacks("Next:");
}
END_TEST

static void fill_site(struct model_site *site)
{
	site->evidence = evidence;
	site->evidence_count = 3;
	site->type = "struct thing";
	site->min_bytes = 8;
	site->max_bytes = 64;
	site->growth = (struct model_growth){true, 1024, 512, 2048, 0.001, moments, 3};
	site->survival = (struct model_survival){
		.blocks = 20,
		.deaths = 18,
		.has_median = true,
		.median_age = 1000,
		.plateau = 0.1,
		.low = 0.05,
		.high = 0.2,
		.points = points,
		.point_count = 3,
	};
	site->generations[0] = (struct model_generation){.births = 20, .deaths = 12};
	site->reachability = (struct model_reachability){.known = true, .direct = {7, 700}};
}

START_TEST(test_single_site)
{
	add(VERDICT_CACHE, 1, 5);
	fill_site(add(VERDICT_LEAK, 3, 700));
	options.site = 2;
	render(&report_text);
	assert_has("#2  700 B in 3 blocks of 3, leaks (confidence 50 %), malloc, struct thing\n");
	assert_has("      yes      growth        it grows\n");
	assert_has("      no       persistence   not at the end\n");
	assert_has("      unknown  reachability  no snapshot\n");
	assert_has(
		"live bytes change by 1.0 KiB a second (95 %: 512 B a second to 2.0 KiB a second)");
	assert_has("8 B to 64 B");
	assert_has("Of 20 blocks, 18 seen to die, half within 1000 B of allocations");
	assert_has("Never die: 10 % (95 %: 5 % to 20 %), the run was too short to tell");
	assert_has("bytes allocated since birth");
	assert_has("      lost                                 7  700 B\n");
	assert_has("/home/u/keep.c:12  p");
	assert_lacks("#1");
	assert_lacks("Look at first");
}
END_TEST

/* What grew in less time than it takes to look has no rate that means anything. */
START_TEST(test_no_rates_in_short_runs)
{
	struct model_site *site = add(VERDICT_GROWING, 3, 700);

	fill_site(site);
	site->confidence = 0.9;
	options.site = 1;
	model.run.duration_ns = HUMAN_RATE_RUN_NS - 1;
	render(&report_text);
	assert_has("      yes      growth        it grows\n");
	assert_lacks("a second");
	options.site = 0;
	render(&report_markdown);
	assert_has("grows**, 700 B in 3 blocks of 3\n");
	assert_lacks("growing by");
	model.run.duration_ns++;
	render(&report_markdown);
	assert_has("grows**, 700 B in 3 blocks of 3, growing by 1.0 KiB a second\n");
}
END_TEST

START_TEST(test_groups)
{
	group.sum.live_blocks = 4;
	group.sum.live_bytes = 2048;
	group.sum.verdict = VERDICT_GROWING;
	group.sum.stacks = 3;
	model.groupings = &grouping;
	model.grouping_count = 1;
	options.by = "file";
	render(&report_text);
	assert_has("Still allocated at the end, by file");
	assert_has(
		"       2.0 KiB               4    <1 %  a/file.c, 3 call stacks\n      grows: ");
	render(&report_markdown);
	assert_has("2.0 KiB               4    <1 %  grows          a/file.c\n");
}
END_TEST

START_TEST(test_fragmentation)
{
	static const struct model_mixture mixture = {1, 2, 5, 4096};

	add(VERDICT_CACHE, 1, 1);
	add(VERDICT_CACHE, 1, 1)->stack.frame_count = 0;
	options.sort = "pinned";
	render(&report_text);
	assert_has("None, or pages were not followed.");
	assert_lacks("between live blocks");
	model.fragmentation = (struct model_fragmentation){
		.known = true,
		.pages_end = {.occupied = 4,
			      .single_block = 1,
			      .pinned_bytes = 1024,
			      .tenths = {1, 0, 0, 0, 3}},
		.hole_count = 7,
		.mixtures = &mixture,
		.mixture_count = 1,
	};
	render(&report_text);
	assert_has("4 with live blocks, 1 of them with just one; 1.0 KiB free on them");
	assert_has("so many of the pages       25 %    0 %    0 %    0 %   75 %");
	assert_has("holes                   7 in all");
	assert_has("    5 pages, 4.0 KiB free\n      long-lived   #1 keep_it keep.c:12\n"
		   "      short-lived  #2 (see --site=2)\n");
}
END_TEST

/* Of Python's allocator: a cut trace may know arenas and none of their blocks. */
START_TEST(test_arenas)
{
	const struct model_arena_holder holders[] = {{1, 5, 4, 20, 960}};
	struct model_arenas *arenas = &model.fragmentation.arenas;

	add(VERDICT_CACHE, 20, 960);
	model.fragmentation.known = true;
	*arenas = (struct model_arenas){.ever = 9, .most = 9, .bytes = 6 << 20, .count = 6};
	render(&report_text);
	assert_has("Python's arenas          6.0 MiB  0 B live\n");
	arenas->sparse = 5;
	render(&report_text);
	assert_has("5 of 6 less than a tenth full\n");
	arenas->holders = holders;
	arenas->holder_count = 1;
	render(&report_text);
	assert_has("5 of 6 less than a tenth full, 4 kept by #1 alone\n");
	arenas->sparse = 1;
	render(&report_text);
	assert_has("0 B live\n");
}
END_TEST

START_TEST(test_threads)
{
	model.threads = &thread;
	model.thread_count = 1;
	options.by = "thread";
	render(&report_text);
	assert_has("  77 worker\n");
	render(&report_markdown);
	assert_has("  77 worker\n");
}
END_TEST

START_TEST(test_sorting)
{
	add(VERDICT_UNFREED, 1, 100)->temporary = 1;
	add(VERDICT_UNFREED, 1, 90)->temporary = 2;
	add(VERDICT_UNFREED, 1, 80);
	options.sort = "temporary";
	render(&report_text);
	assert_has("Most temporary allocations");
	assert_lacks("Still allocated");
	ck_assert(strstr(text, "#2") < strstr(text, "#1"));
	assert_lacks("#3");
	options.sort = "growth";
	render(&report_text);
	assert_has("Fastest growth of live bytes\n  None");
	options.sort = "lifetime";
	sites[2].byte_seconds = 30;
	sites[2].allocated_bytes = 10;
	render(&report_markdown);
	assert_has("3.00 s");
}
END_TEST

/* Every word of --sort is a table, and every table that can be asked for is a word of it. */
START_TEST(test_sort_words)
{
	char words[] = TABLES_NAMES;
	unsigned named = 0, count = 0;

	for (const struct table *table = tables; table->heading; table++)
		named += table->name != NULL;
	for (char *word = strtok(words, "|"); word; word = strtok(NULL, "|"), count++)
		ck_assert_ptr_nonnull(tables_by_name(word));
	ck_assert_uint_eq(count, named);
	ck_assert_ptr_null(tables_by_name("nonsense"));
}
END_TEST

static const struct {
	uint32_t site;
	const char *by, *sort;
} views[] = {{0, NULL, NULL},
	     {1, NULL, NULL},
	     {0, "thread", NULL},
	     {0, "file", NULL},
	     {0, NULL, "peak"}};

START_TEST(test_no_view_drives_a_terminal)
{
	const struct report_format *format = _i % 2 ? &report_markdown : &report_text;
	static const char *const argv[] = {HOSTILE};
	struct model_site *site = add(VERDICT_LEAK, 1, 1);

	fill_site(site);
	site->stack = (struct model_stack){hostile_frames, 1};
	site->type = site->why = HOSTILE;
	site->peak_blocks = 1;
	group = (struct model_group){.name = HOSTILE, .source = HOSTILE, .sum = *site};
	thread.name = HOSTILE;
	model.groupings = &grouping;
	model.threads = &thread;
	model.grouping_count = model.thread_count = 1;
	model.run.argv = argv;
	model.run.trace_path = HOSTILE;
	model.savings = &(struct model_saving){.rule_name = "slots",
					       .name = HOSTILE,
					       .type = HOSTILE,
					       .stack = {hostile_frames, 1},
					       .count = 1};
	model.saving_count = 1;
	options.site = views[_i / 2].site;
	options.by = views[_i / 2].by;
	options.sort = views[_i / 2].sort;
	render(format);
	for (const unsigned char *p = (unsigned char *)text; *p; p++)
		ck_assert(*p == '\n' || (*p >= 0x20 && *p != 0x7f));
	assert_lacks("\xe2\x80\xae");
	assert_lacks("\nevil");
	assert_has("evil\\n\\x1b]0;title");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_screen");
	TCase *tests = tcase_create("views");

	tcase_add_checked_fixture(tests, setup, forget_text);
	tcase_add_loop_test(tests, test_one_screen, 0, 2);
	tcase_add_test(tests, test_what_to_look_at);
	tcase_add_loop_test(tests, test_names_in_short, 0, sizeof names / sizeof *names);
	tcase_add_test(tests, test_numbers);
	tcase_add_test(tests, test_window);
	tcase_add_test(tests, test_nothing_recorded);
	tcase_add_test(tests, test_single_site);
	tcase_add_test(tests, test_no_rates_in_short_runs);
	tcase_add_test(tests, test_groups);
	tcase_add_test(tests, test_fragmentation);
	tcase_add_test(tests, test_arenas);
	tcase_add_test(tests, test_threads);
	tcase_add_test(tests, test_sorting);
	tcase_add_test(tests, test_sort_words);
	tcase_add_loop_test(tests, test_no_view_drives_a_terminal, 0,
			    2 * sizeof views / sizeof *views);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
