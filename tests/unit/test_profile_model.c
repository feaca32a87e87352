/* SPDX-License-Identifier: MIT */
/* From models of runs to a profile and back: what becomes of sites, verdicts, curves and remarks. */
#include <math.h>

#include "analyzer/analysis/curve.h"
#include "analyzer/profile/present.h"
#include "analyzer/profile/take.h"
#include "profile_fixture.h"
#include "suite.h"

#define SITES_MAX 8

static const struct model_frame frames[] = {
	{"grow", "/src/a.c", 7, "/usr/bin/prog", 0x1234, false, "c", "", NULL},
	{"main", "/src/a.c", 12, "/usr/bin/prog", 0x2234, true, "c", "a note", NULL},
};
static const struct model_frame moved_frames[] = {
	{"grow", "/src/a.c", 6, "/opt/prog", 0x99, false, "c", "", NULL},
	{"main", "/src/a.c", 12, "/opt/prog", 0x2234, true, "c", "a note", NULL},
};

/* A run, and the profile that they are added up in. */
static struct model run;
static struct model_site sites[SITES_MAX];
static struct model_age_bucket buckets[SITES_MAX][2];
static struct profile sum;
static struct arena arena;
static struct model model;

static void begin_run(void)
{
	memset(sites, 0, sizeof sites);
	run = (struct model){
		.run =
			{
				.trace_path = "a.tenure",
				.program = "/usr/bin/prog",
				.complete = true,
				.damage = "",
				.end_kind = "exit",
				.start_realtime_ns = 1000000,
				.duration_ns = 500,
				.turnover_bytes = 1 << 20,
				.peak_bytes = 100,
			},
		.sites = sites,
	};
}

static void setup(void)
{
	begin_run();
}

static void teardown(void)
{
	profile_release(&sum);
	arena_release(&arena);
}

/* With blocks of 10 bytes, of which some died young and the others are old. */
static struct model_site *add(uint64_t fingerprint, enum verdict verdict, uint64_t live_blocks)
{
	uint32_t i = run.site_count++;
	struct model_site *site = &sites[i];

	buckets[i][0] = (struct model_age_bucket){
		.age = 64, .blocks = 90, .bytes = 900, .byte_seconds = 0.5};
	buckets[i][1] = (struct model_age_bucket){.age = 1 << 24,
						  .blocks = live_blocks,
						  .bytes = 10 * live_blocks,
						  .byte_seconds = 3};
	*site = (struct model_site){
		.id = i + 1,
		.fingerprint = fingerprint,
		.stack = {frames, 2},
		.api = "malloc",
		.verdict = verdict,
		.confidence = 0.8,
		.why = "as its run has it",
		.type = "",
		.stacks = 1,
		.allocations = 90 + live_blocks,
		.frees = 90,
		.allocated_bytes = 10 * (90 + live_blocks),
		.live_blocks = live_blocks,
		.live_bytes = 10 * live_blocks,
		.min_bytes = 10,
		.max_bytes = 10 + i,
		.first_ns = 20 + i,
		.last_ns = 400,
		.ages = {&buckets[i][0], &buckets[i][1], 1, live_blocks != 0},
	};
	run.run.allocations += site->allocations;
	run.run.frees += site->frees;
	run.run.allocated_bytes += site->allocated_bytes;
	run.run.live_blocks += site->live_blocks;
	run.run.live_bytes += site->live_bytes;
	return site;
}

static void end_run(void)
{
	struct profile profile = {0};

	take_run(&profile, &run);
	fold_profile(&sum, &profile);
	profile_release(&profile);
	begin_run();
}

/* So many runs with one site. */
static void add_runs(uint32_t count, enum verdict verdict, uint64_t live_blocks)
{
	for (uint32_t i = 0; i < count; i++) {
		add(1, verdict, live_blocks);
		end_run();
	}
}

static void show(void)
{
	struct sites_choice all = {0};

	present_profile(&model, &sum, "all.tenure-profile", NULL, &all, &arena);
}

START_TEST(test_one_run_comes_back)
{
	const struct model_site *site;

	add(7, VERDICT_GROWING, 10)->peak_bytes = 50;
	end_run();
	show();
	ck_assert_uint_eq(model.run.runs, 1);
	ck_assert_str_eq(model.run.program, "prog");
	ck_assert_uint_eq(model.run.duration_ns, 500);
	ck_assert_uint_eq(model.run.allocations, 100);
	ck_assert_uint_eq(model.run.start_realtime_ns, 1000000);
	ck_assert_uint_eq(model.run.last_end_realtime_ns, 1000500);
	ck_assert(model.run.complete);
	ck_assert_uint_eq(model.site_count, 1);
	site = model.sites;
	ck_assert_uint_eq(site->id, 1);
	ck_assert_uint_eq(site->fingerprint, 7);
	ck_assert_int_eq(site->verdict, VERDICT_GROWING);
	ck_assert_double_eq_tol(site->confidence, 0.8, 1e-9);
	ck_assert_str_eq(site->why, "grows in the one run of prog");
	ck_assert_uint_eq(site->allocations, 100);
	ck_assert_uint_eq(site->peak_bytes, 50);
	ck_assert_uint_eq(site->min_bytes, 10);
	ck_assert_uint_eq(site->first_ns, 20);
	ck_assert_uint_eq(site->runs->first_seen_ns, 1000020);
	ck_assert_uint_eq(site->runs->last_seen_ns, 1000400);
	ck_assert_double_eq_tol(site->byte_seconds, 3.5, 1e-9);
	ck_assert_uint_eq(site->stack.frame_count, 2);
	ck_assert_str_eq(site->stack.frames[1].function, "main");
	ck_assert_str_eq(site->stack.frames[1].module, "prog");
	ck_assert_str_eq(site->stack.frames[1].note, "a note");
	ck_assert(site->stack.frames[1].inlined);
	ck_assert_uint_eq(site->stack.frames[1].offset, 0x2234);
}
END_TEST

START_TEST(test_a_leak_in_few_runs_is_not_outvoted)
{
	add_runs(3, VERDICT_LEAK, 5);
	add_runs(290, VERDICT_CACHE, 100);
	end_run(); /* without the site, as are: */
	for (int i = 0; i < 6; i++)
		end_run();
	show();
	ck_assert_uint_eq(model.run.runs, 300);
	ck_assert_uint_eq(model.site_count, 2);
	ck_assert_int_eq(model.sites[0].verdict, VERDICT_CACHE);
	ck_assert_uint_eq(model.sites[0].live_bytes, 290 * 1000);
	ck_assert_str_eq(
		model.sites[0].why,
		"in 290 of 300 runs of prog, leaks in 3, not there in 7; at most 1000 B live at the "
		"end of one");
	ck_assert_int_eq(model.sites[1].verdict, VERDICT_LEAK);
	ck_assert_uint_eq(model.sites[1].live_bytes, 3 * 50);
	ck_assert_uint_eq(model.sites[1].survival.blocks, 3 * 95);
	ck_assert_str_eq(
		model.sites[1].why,
		"leaks in 3 of 300 runs of prog, cache-like in 290, not there in 7; at most 50 B live "
		"at the end of one");
	ck_assert_ptr_eq(model.sites[0].stack.frames[0].function,
			 model.sites[1].stack.frames[0].function);
}
END_TEST

START_TEST(test_others_count_as_what_half_of_them_are)
{
	add_runs(2, VERDICT_STARTUP, 5);
	add_runs(3, VERDICT_CACHE, 5);
	add_runs(50, VERDICT_BALANCED, 0); /* without live blocks they have no say, */
	show();
	ck_assert_uint_eq(model.site_count, 1);
	ck_assert_int_eq(model.sites[0].verdict, VERDICT_CACHE);
	ck_assert_uint_eq(model.sites[0].allocations, 5 * 95 + 50 * 90);
	ck_assert_uint_eq(model.sites[0].survival.deaths, 55 * 90);
	add_runs(2, VERDICT_STARTUP, 5);
	show();
	ck_assert_int_eq(model.sites[0].verdict, VERDICT_STARTUP);
	teardown();
	add_runs(3, VERDICT_BALANCED, 0); /* unless there are none that do */
	add_runs(4, VERDICT_CLEANED, 0);
	show();
	ck_assert_int_eq(model.sites[0].verdict, VERDICT_CLEANED);
	add_runs(2, VERDICT_BALANCED, 0);
	show();
	ck_assert_int_eq(model.sites[0].verdict, VERDICT_BALANCED);
}
END_TEST

START_TEST(test_stacks_of_one_fingerprint_are_one_site)
{
	add(1, VERDICT_LEAK, 5)->confidence = 0.6;
	add(2, VERDICT_BALANCED, 0);
	add(1, VERDICT_LEAK, 7);
	add(1, VERDICT_CACHE, 1);
	end_run();
	show();
	ck_assert_uint_eq(model.site_count, 3);
	ck_assert_uint_eq(model.sites[0].live_bytes, 120);
	ck_assert_uint_eq(model.sites[0].stacks, 2);
	ck_assert_uint_eq(model.sites[0].max_bytes, 12);
	ck_assert_double_eq_tol(model.sites[0].confidence, 0.7, 1e-6);
	ck_assert_uint_eq(model.sites[0].runs->present, 1);
	ck_assert_uint_eq(model.sites[0].runs->verdicts[VERDICT_LEAK], 1);
	ck_assert_uint_eq(model.sites[0].runs->verdicts[VERDICT_CACHE], 1);
	ck_assert_uint_eq(model.sites[0].runs->largest_live_bytes, 120);
}
END_TEST

/* As if all blocks had been of one run. */
START_TEST(test_curves_are_those_of_all_blocks)
{
	struct ages dead = {0}, alive = {0};
	struct model_generation generations[GENERATIONS];
	struct model_survival expected;

	for (uint32_t i = 1; i <= 9; i++) {
		add(1, VERDICT_LEAK, i);
		buckets[0][0].age = ages_floor(ages_bucket(64ull * i));
		buckets[0][1].age = ages_floor(ages_bucket(999ull * i));
		ages_add(&dead, buckets[0][0].age, 90, 900, 0.5);
		ages_add(&alive, buckets[0][1].age, i, 10 * i, 3);
		end_run();
	}
	show();
	curve_fill(&expected, generations, model.run.generation_ages, &dead, &alive, 1, &arena);
	ck_assert_uint_eq(model.site_count, 1);
	ck_assert_uint_eq(model.sites[0].survival.point_count, expected.point_count);
	for (uint32_t i = 0; i < expected.point_count; i++) {
		ck_assert_uint_eq(model.sites[0].survival.points[i].age, expected.points[i].age);
		ck_assert_double_eq(model.sites[0].survival.points[i].share,
				    expected.points[i].share);
		ck_assert_double_eq(model.run.survival.points[i].low, expected.points[i].low);
	}
	ck_assert_double_eq(model.sites[0].survival.plateau, expected.plateau);
	ages_release(&dead);
	ages_release(&alive);
}
END_TEST

START_TEST(test_generations_move_with_their_rule)
{
	struct generations_rule rule;
	struct sites_choice all = {0};

	add(1, VERDICT_LEAK, 5);
	end_run();
	ck_assert(generations_parse("32B,128M", &rule));
	present_profile(&model, &sum, "x", &rule, &all, &arena);
	ck_assert_uint_eq(model.sites[0].generations[0].deaths, 0);
	ck_assert_uint_eq(model.sites[0].generations[1].deaths, 90);
	ck_assert_uint_eq(model.sites[0].generations[1].survivors, 5);
	ck_assert(generations_parse("128B,1M", &rule));
	present_profile(&model, &sum, "x", &rule, &all, &arena);
	ck_assert_uint_eq(model.sites[0].generations[0].deaths, 90);
	ck_assert_uint_eq(model.sites[0].generations[2].survivors, 5);
	ck_assert_uint_eq(model.run.generations[2].bytes, 50);
}
END_TEST

/* Lines differ between builds: the same one is shown, whichever run came first. */
START_TEST(test_the_smaller_stack_is_shown)
{
	for (int order = 0; order < 2; order++) {
		for (int i = 0; i < 2; i++) {
			struct model_site *site = add(1, VERDICT_LEAK, 5);

			if (i == order) {
				site->stack.frames = moved_frames;
				run.run.program = "/opt/prog";
			}
			end_run();
		}
		show();
		ck_assert_uint_eq(model.site_count, 1);
		ck_assert_uint_eq(model.run.programs, 1);
		ck_assert_uint_eq(model.sites[0].stack.frames[0].line, 6);
		ck_assert_uint_eq(model.sites[0].stack.frames[0].offset, 0x99);
		teardown();
	}
}
END_TEST

START_TEST(test_programs_stay_apart)
{
	add(1, VERDICT_LEAK, 5);
	end_run();
	add(1, VERDICT_LEAK, 7);
	run.run.program = "/usr/bin/another";
	end_run();
	show();
	ck_assert_str_eq(model.run.program, "2 programs");
	ck_assert_uint_eq(model.run.programs, 2);
	ck_assert_uint_eq(model.site_count, 2);
	ck_assert_str_eq(model.sites[0].why, "leaks in the one run of another");
	ck_assert_str_eq(model.sites[1].runs->program, "prog");
}
END_TEST

static bool is_said(const char *words)
{
	for (uint32_t i = 0; i < model.run.limit_count; i++)
		if (strstr(model.run.limits[i], words))
			return true;
	return false;
}

START_TEST(test_what_is_missing_is_said)
{
	end_run();
	show();
	ck_assert_uint_eq(model.run.limit_count, 1);
	run.run.complete = false;
	run.run.end_kind = "unknown";
	end_run();
	run.run.lost_events = 12345;
	end_run();
	run.run.end_kind = "detached";
	run.run.peak_bytes = 4096;
	end_run();
	run.run.own_allocator = run.run.without_stacks = run.run.deep_bound = true;
	run.run.forked = true;
	run.run.inherited_frees = 4;
	end_run();
	sum.skipped = 2;
	show();
	ck_assert(!model.run.complete);
	ck_assert(is_said("sums over 5 runs"));
	ck_assert(is_said("the largest is 4.0 KiB"));
	ck_assert(is_said("no end record, so that what came after its last event is missing: 1."));
	ck_assert(is_said("lost events: 1 (events: 12,345)"));
	ck_assert(is_said("recording ended before the program did: 1."));
	ck_assert(is_said("defines its own malloc"));
	ck_assert(is_said("without call stacks"));
	ck_assert(is_said("RTLD_DEEPBIND"));
	ck_assert(is_said(
		"began as a fork, without the blocks of their parent: 1 (released there: 4)"));
	ck_assert(is_said("damaged and are not part of this: 2."));
}
END_TEST

START_TEST(test_errors_are_counted)
{
	struct model_finding findings[] = {
		{.rule = FINDING_DOUBLE_FREE, .severity = SEVERITY_ERROR, .occurrences = 5},
		{.rule = FINDING_DOUBLE_FREE, .severity = SEVERITY_ERROR, .occurrences = 2},
		{.rule = FINDING_MISMATCHED_RELEASE,
		 .severity = SEVERITY_WARNING,
		 .occurrences = 1},
		{.rule = FINDING_ALLOCATION_FAILURE,
		 .severity = SEVERITY_WARNING,
		 .occurrences = 3},
	};

	run.findings = findings;
	run.finding_count = 4;
	end_run();
	end_run();
	show();
	ck_assert_uint_eq(model.finding_count, 2);
	ck_assert_str_eq(model.findings[0].rule_name, "double-free");
	ck_assert_uint_eq(model.findings[0].occurrences, 7);
	ck_assert_str_eq(model.findings[0].message,
			 "7 times in 1 of 2 runs of prog; the traces tell where");
	ck_assert_int_eq(model.findings[1].severity, SEVERITY_WARNING);
}
END_TEST

/* Variances add up, not errors. */
START_TEST(test_errors_of_estimates_add_up)
{
	for (int i = 0; i < 2; i++) {
		struct model_site *site = add(1, VERDICT_CACHE, 5);

		run.run.sampled = true;
		run.run.sample_interval_bytes = 4096;
		run.run.sample.blocks = site->sample.blocks = 19;
		site->sample.live_blocks = 2;
		run.run.sample.live_bytes_error = site->sample.live_bytes_error = i ? 64 * 4
										    : 64 * 3;
		end_run();
	}
	add(1, VERDICT_CACHE, 5);
	end_run();
	show();
	ck_assert(model.run.sampled);
	ck_assert_double_eq_tol(model.run.sample.live_bytes_error, 64 * 5, 1e-9);
	ck_assert_double_eq_tol(model.sites[0].sample.live_bytes_error, 64 * 5, 1e-9);
	ck_assert_uint_eq(model.sites[0].sample.blocks, 19 + 19 + 95);
	ck_assert_uint_eq(model.sites[0].sample.live_blocks, 2 + 2 + 5);
	ck_assert(is_said("an allocation every 4.0 KiB or less on average: 2."));
}
END_TEST

START_TEST(test_long_names_are_cut)
{
	char *name = xmalloc(200001);
	struct model_frame frame = frames[0];
	struct bytes bytes;
	struct profile back;

	memset(name, 'x', 200000);
	name[200000] = '\0';
	frame.function = name;
	add(1, VERDICT_LEAK, 5)->stack = (struct model_stack){&frame, 1};
	end_run();
	bytes = bytes_of(&sum);
	back = profile_of(&bytes);
	assert_same(&sum, &back);
	profile_release(&back);
	bytes_release(&bytes);
	free(name);
}
END_TEST

START_TEST(test_any_profile_can_be_shown)
{
	for (int i = 0; i < 50; i++) {
		sum = random_profile();
		show();
		for (uint32_t k = 1; k < model.site_count; k++) {
			ck_assert_uint_eq(model.sites[k].id, k + 1);
			ck_assert_uint_ge(model.sites[k - 1].live_bytes, model.sites[k].live_bytes);
			ck_assert(model.sites[k].confidence >= 0 && model.sites[k].confidence <= 1);
		}
		teardown();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile_model");
	TCase *tcase = tcase_create("profile_model");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_one_run_comes_back);
	tcase_add_test(tcase, test_a_leak_in_few_runs_is_not_outvoted);
	tcase_add_test(tcase, test_others_count_as_what_half_of_them_are);
	tcase_add_test(tcase, test_stacks_of_one_fingerprint_are_one_site);
	tcase_add_test(tcase, test_curves_are_those_of_all_blocks);
	tcase_add_test(tcase, test_generations_move_with_their_rule);
	tcase_add_test(tcase, test_the_smaller_stack_is_shown);
	tcase_add_test(tcase, test_programs_stay_apart);
	tcase_add_test(tcase, test_what_is_missing_is_said);
	tcase_add_test(tcase, test_errors_are_counted);
	tcase_add_test(tcase, test_errors_of_estimates_add_up);
	tcase_add_test(tcase, test_long_names_are_cut);
	tcase_add_test(tcase, test_any_profile_can_be_shown);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
