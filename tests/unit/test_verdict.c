/* SPDX-License-Identifier: MIT */
/* Verdicts on patterns of allocation, and what is said where evidence is missing. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/judge.h"
#include "replay_fixture.h"
#include "suite.h"

#define STEPS 4000u
#define SUBJECT 1u /* the site that is looked at */
#define OTHERS 2u

static uint64_t next_address;
static uint64_t ring[STEPS];

static uint64_t allocate(uint64_t size, stack_id stack)
{
	put(EVENT_ALLOC, next_address += 0x1000, size, stack);
	return next_address;
}

static void release(uint64_t address)
{
	put(EVENT_FREE, address, 0, 0);
}

static uint64_t reallocate(uint64_t address, uint64_t size)
{
	put(EVENT_REALLOC_BEGIN, address, 0, SUBJECT);
	put(EVENT_REALLOC_END, next_address += 0x100000, size, SUBJECT);
	return next_address;
}

/* What the rest of the program does in a step. */
static void churn(void)
{
	for (int i = 0; i < 3; i++)
		release(allocate(200, OTHERS));
}

static void leak_every(uint32_t step, uint32_t distance)
{
	uint64_t block = allocate(64, SUBJECT);

	if (step % distance)
		release(block);
}

static void lost(uint32_t step)
{
	(void)step;
	allocate(64, SUBJECT);
}

static void lost_in_a_hundred(uint32_t step)
{
	leak_every(step, 100);
}

static void lost_late(uint32_t step)
{
	if (step < STEPS / 2)
		release(allocate(64, SUBJECT));
	else
		leak_every(step, 10);
}

/* One line that loads a small module, and later a large one. */
/* More and more, all of it given back shortly before the end but for what a free list keeps. */
static void gathered_for_the_moment(uint32_t step)
{
	static uint64_t held[STEPS];

	held[step] = allocate(64, SUBJECT);
	if (step == STEPS - 5)
		for (uint32_t i = 80; i < step; i++)
			release(held[i]);
}

static void lost_in_two_bursts(uint32_t step)
{
	if (step / (STEPS / 50) == 10 || step / (STEPS / 10) == 7)
		leak_every(step, 2);
}

static void hundred_in_turn(uint32_t step)
{
	if (step >= 100)
		release(ring[step - 100]);
	ring[step] = allocate(64, SUBJECT);
}

static void half_in_turn(uint32_t step)
{
	if (step >= STEPS / 2)
		release(ring[step - STEPS / 2]);
	ring[step] = allocate(64, SUBJECT);
}

static void at_the_start(uint32_t step)
{
	if (step < STEPS / 20)
		allocate(64, SUBJECT);
}

static void first_third(uint32_t step)
{
	if (step < STEPS / 3)
		allocate(64, SUBJECT);
}

/* By allocations it grows until the end; what is worked with then has the size of all before. */
static void built_then_used(uint32_t step)
{
	if (step < STEPS - 1)
		allocate(64, SUBJECT);
	else
		release(allocate(1u << 20, OTHERS));
}

/* What a program does when it ends takes a hundredth of all that it allocates. */
static void lost_until_the_ending(uint32_t step)
{
	if (step < STEPS - 1)
		allocate(64, SUBJECT);
	else
		release(allocate(26000, OTHERS));
}

static void once(uint32_t step)
{
	if (step == STEPS / 2)
		allocate(5000, SUBJECT);
}

static void sawtooth(uint32_t step)
{
	ring[step % 500] = allocate(64, SUBJECT);
	if (step % 500 == 499)
		for (int i = 0; i < 500; i++)
			release(ring[i]);
}

static void backlog(uint32_t step)
{
	/* Five come, four go. */
	static uint32_t first, last;

	if (!step)
		first = last = 0;
	ring[last++ % STEPS] = allocate(64, SUBJECT);
	if (step % 5)
		release(ring[first++ % STEPS]);
}

static void doubling(uint32_t step)
{
	static uint64_t block;

	if (!step)
		block = allocate(16, SUBJECT);
	if (step && !(step & (step - 1)))
		block = reallocate(block, 16ull * step);
}

static void longer_and_longer(uint32_t step)
{
	static uint64_t block;

	if (!step)
		block = allocate(16, SUBJECT);
	block = reallocate(block, 16ull * step);
}

/* idle: how long the program goes on without allocating, in events of a microsecond. */
static void run_pattern_idle(void (*pattern)(uint32_t step), bool with_teardown, uint64_t idle)
{
	struct tally_clock clock = {.last_stamp = 8ull * STEPS + idle, .ns_per_stamp = 1000};

	stamp = next_address = 0;
	memset(ring, 0, sizeof ring);
	replay_init(&r, 3, 1, &clock, NULL);
	for (uint32_t step = 0; step < STEPS; step++) {
		churn();
		pattern(step);
	}
	if (with_teardown) {
		size_t position = 0;
		uint64_t addresses[STEPS];
		size_t count = 0;
		const struct live_block *block;

		while ((block = livemap_next(&r.live, &position)) != NULL)
			addresses[count++] = block->address;
		for (size_t i = 0; i < count; i++)
			release(addresses[i]);
	}
	replay_finish(&r);
}

static void run_pattern(void (*pattern)(uint32_t step), bool with_teardown)
{
	run_pattern_idle(pattern, with_teardown, 0);
}

static struct verdict_result judge_found(enum verdict_gap gap, uint8_t trait,
					 const struct model_reachability *found)
{
	struct verdict_result result = {0};
	struct judgement judgement;
	struct judge judge;
	uint8_t traits[3] = {trait, trait, trait};

	judge_init(&judge, &r.tally, r.tally.sites, r.tally.site_count, traits, gap);
	for (size_t i = 0; i < r.tally.site_count; i++) {
		if (r.tally.sites[i].stack != SUBJECT)
			continue;
		judge_site(&judge, i, found, &judgement);
		result = judgement.result;
	}
	judge_release(&judge);
	replay_release(&r);
	return result;
}

static struct verdict_result judge(enum verdict_gap gap, uint8_t trait)
{
	return judge_found(gap, trait, NULL);
}

static const struct {
	void (*pattern)(uint32_t step);
	bool with_teardown;
	enum verdict verdict;
} patterns[] = {
	{lost, false, VERDICT_GROWING},
	{lost, true, VERDICT_CLEANED},
	{lost_in_a_hundred, false, VERDICT_LEAK},
	{lost_in_a_hundred, true, VERDICT_CLEANED},
	{lost_late, false, VERDICT_LEAK},
	{hundred_in_turn, false, VERDICT_CACHE},
	{half_in_turn, false, VERDICT_CACHE},
	{half_in_turn, true, VERDICT_BALANCED},
	{hundred_in_turn, true, VERDICT_BALANCED},
	{at_the_start, false, VERDICT_STARTUP},
	{built_then_used, false, VERDICT_CACHE},
	{lost_until_the_ending, false, VERDICT_GROWING},
	{first_third, false, VERDICT_CACHE},
	{first_third, true, VERDICT_CLEANED},
	{once, false, VERDICT_UNFREED},
	{once, true, VERDICT_CLEANED},
	{sawtooth, false, VERDICT_BALANCED},
	{backlog, false, VERDICT_GROWING},
	{gathered_for_the_moment, false, VERDICT_CACHE},
	{doubling, false, VERDICT_UNFREED},
	{longer_and_longer, false, VERDICT_GROWING},
};

START_TEST(test_patterns)
{
	struct verdict_result result;

	run_pattern(patterns[_i].pattern, patterns[_i].with_teardown);
	result = judge(VERDICT_GAP_NONE, 0);
	ck_assert_int_eq(result.verdict, patterns[_i].verdict);
	ck_assert_double_gt(result.confidence, 0);
	ck_assert_double_le(result.confidence, 1);
}
END_TEST

/* Whatever the pattern, lost events leave no verdict, nor does what has no stacks. */
START_TEST(test_missing_events)
{
	static const enum verdict_gap gaps[] = {VERDICT_GAP_EVENTS, VERDICT_GAP_STACKS};
	struct verdict_result result;

	run_pattern(patterns[_i].pattern, patterns[_i].with_teardown);
	result = judge(gaps[_i % 2], 0);
	ck_assert_int_eq(result.verdict, VERDICT_UNKNOWN);
	ck_assert_double_eq(result.confidence, 0);
	ck_assert_int_ne(result.gap, VERDICT_GAP_NONE);
}
END_TEST

/* Without the end only what needs none is said: growth until then, and that nothing is left. */
START_TEST(test_missing_end)
{
	enum verdict wanted = patterns[_i].verdict;

	run_pattern(patterns[_i].pattern, patterns[_i].with_teardown);
	if (wanted != VERDICT_GROWING && wanted != VERDICT_BALANCED)
		wanted = VERDICT_UNKNOWN;
	ck_assert_int_eq(judge(VERDICT_GAP_END, 0).verdict, wanted);
}
END_TEST

START_TEST(test_unseen_release)
{
	stamp = next_address = 0;
	replay_init(&r, 3, 1, NULL, NULL);
	put(EVENT_ALLOC, 0x1000, 10, SUBJECT);
	put(EVENT_ALLOC, 0x1000, 10, OTHERS);
	replay_finish(&r);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, 0).verdict, VERDICT_UNKNOWN);
}
END_TEST

START_TEST(test_runtime_keeps_its_own)
{
	run_pattern(once, false);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, JUDGE_RUNTIME).verdict, VERDICT_STARTUP);
}
END_TEST

/* Of blocks that have nothing in common some may well grow old, until they all grow in number. */
START_TEST(test_mixed_blocks)
{
	run_pattern(lost_in_two_bursts, false);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, 0).verdict, VERDICT_LEAK);
	run_pattern(lost_in_two_bursts, false);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, JUDGE_MIXED).verdict, VERDICT_CACHE);
	run_pattern(lost, false);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, JUDGE_MIXED).verdict, VERDICT_GROWING);
}
END_TEST

/* What the program can still reach grows only as long as more comes. */
START_TEST(test_held_blocks)
{
	const struct model_reachability held = {.known = true, .reachable = {1000, 64000}};

	run_pattern(lost_in_two_bursts, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, 0, &held).verdict, VERDICT_CACHE);
	run_pattern(lost_in_a_hundred, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, 0, &held).verdict, VERDICT_GROWING);
	run_pattern(lost, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, 0, &held).verdict, VERDICT_GROWING);
}
END_TEST

/* Modules of Python: what was forgotten once, here and there, makes no leak of all that loading one made. */
START_TEST(test_lost_while_loading)
{
	const struct model_reachability few = {
		.known = true, .direct = {49, 3136}, .reachable = {51, 3264}};
	const struct model_reachability one = {.known = true, .direct = {1, 65535}};
	const struct model_reachability large = {.known = true, .direct = {1, 65536}};
	const struct model_reachability half = {.known = true,
						.direct = {40, 2560},
						.indirect = {10, 640},
						.reachable = {50, 3200}};

	run_pattern(once, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, JUDGE_IMPORTED, &few).verdict,
			 VERDICT_STARTUP);
	run_pattern(once, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, JUDGE_IMPORTED, &half).verdict,
			 VERDICT_LEAK);
	run_pattern(once, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, JUDGE_IMPORTED, &one).verdict,
			 VERDICT_STARTUP);
	run_pattern(once, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, JUDGE_IMPORTED, &large).verdict,
			 VERDICT_LEAK);
	run_pattern(once, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, JUDGE_RUNTIME, &few).verdict, VERDICT_LEAK);
	run_pattern(lost, false);
	ck_assert_int_eq(judge_found(VERDICT_GAP_NONE, JUDGE_IMPORTED, &few).verdict, VERDICT_LEAK);
}
END_TEST

/* What a server does before it waits for work is start-up, however many allocations that takes. */
START_TEST(test_idle_program)
{
	run_pattern_idle(lost, false, 10000000);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, 0).verdict, VERDICT_STARTUP);
	run_pattern_idle(lost_in_a_hundred, false, 10000000);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, 0).verdict, VERDICT_STARTUP);
	/* Half a second is no time to call idle. */
	run_pattern_idle(lost, false, 500000);
	ck_assert_int_eq(judge(VERDICT_GAP_NONE, 0).verdict, VERDICT_GROWING);
}
END_TEST

/* A block that nothing points to is lost, whatever else its site does. */
START_TEST(test_lost_block)
{
	struct verdict_result result;
	struct evidence e;

	run_pattern(hundred_in_turn, false);
	for (size_t i = 0; i < r.tally.site_count; i++) {
		if (r.tally.sites[i].stack != SUBJECT)
			continue;
		evidence_collect(&e, &r.tally, &r.tally.sites[i]);
		e.reachability_known = true;
		e.lost_blocks = _i;
		verdict_conclude(&result, &r.tally.sites[i], &e, (struct verdict_p){1, 1},
				 r.tally.live_bytes, true, VERDICT_GAP_NONE);
		ck_assert_int_eq(result.verdict, _i ? VERDICT_LEAK : VERDICT_CACHE);
	}
	replay_release(&r);
}
END_TEST

/* Little growth beside much that lives is worth less. */
START_TEST(test_immaterial_growth)
{
	double much, little;

	run_pattern(lost, false);
	much = judge(VERDICT_GAP_NONE, 0).confidence;
	stamp = next_address = 0;
	replay_init(&r, 3, 1, NULL, NULL);
	allocate(1ull << 30, OTHERS);
	for (uint32_t step = 0; step < 500; step++) {
		churn();
		allocate(64, SUBJECT);
	}
	replay_finish(&r);
	little = judge(VERDICT_GAP_NONE, 0).confidence;
	ck_assert_double_gt(little, 0);
	ck_assert_double_lt(little, much);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tests = tcase_create("verdict");
	int count = sizeof patterns / sizeof *patterns;

	tcase_add_loop_test(tests, test_patterns, 0, count);
	tcase_add_loop_test(tests, test_missing_events, 0, count);
	tcase_add_loop_test(tests, test_missing_end, 0, count);
	tcase_add_test(tests, test_unseen_release);
	tcase_add_test(tests, test_runtime_keeps_its_own);
	tcase_add_test(tests, test_mixed_blocks);
	tcase_add_test(tests, test_held_blocks);
	tcase_add_test(tests, test_lost_while_loading);
	tcase_add_test(tests, test_idle_program);
	tcase_add_loop_test(tests, test_lost_block, 0, 2);
	tcase_add_test(tests, test_immaterial_growth);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
