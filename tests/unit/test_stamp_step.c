/* SPDX-License-Identifier: MIT */
/*
 * test_stamp_step.c - steps are found, and multiplication divides by them as division would.
 */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/trace/stamp_step.h"
#include "suite.h"

enum { COUNT = 1000 };

static uint64_t random_of_any_size(void)
{
	uint64_t bits = (uint64_t)random() << 33 ^ (uint64_t)random() << 12 ^ (uint64_t)random();

	return bits >> random() % 64;
}

/* Stamps that are `step` apart, many times over. */
static struct stamp_step find(uint64_t step, uint64_t *oddity)
{
	static struct event_record events[COUNT];

	for (uint64_t i = 0, stamp = 77; i < COUNT; i++) {
		events[i].stamp = stamp;
		stamp += step * (uint64_t)(random() % 3 ? random() % 9 : 0) +
			 (oddity ? oddity[i] : 0);
	}
	return stamp_step_find(events, COUNT);
}

START_TEST(quotients_are_those_of_a_division)
{
	uint64_t value = _i < 70 ? (uint64_t)_i + 1 : random_of_any_size() | 1u << _i % 8;
	struct stamp_step step;

	value %= UINT64_MAX / (10 * COUNT);
	step = find(value, NULL);
	ck_assert_uint_eq(step.value, value);
	for (int i = 0; i < 10000; i++) {
		uint64_t number = random_of_any_size();
		uint64_t count;

		if (i % 2)
			number -= number % value;
		count = stamp_step_count(&step, number);
		/* Check notes every assertion in a file. */
		if (number % value ? count <= step.most : count != number / value)
			ck_abort_msg("%" PRIu64 " / %" PRIu64, number, value);
	}
}
END_TEST

START_TEST(few_odd_differences_do_not_hide_a_step)
{
	uint64_t oddity[COUNT] = {[500] = 7};

	ck_assert_uint_eq(find(26, oddity).value, 26);
	for (int i = 0; i < COUNT; i += 10)
		oddity[i] = 7;
	ck_assert_uint_eq(find(26, oddity).value, 1);
}
END_TEST

START_TEST(without_a_difference_the_step_is_one)
{
	struct event_record events[2] = {{.stamp = 5}, {.stamp = 5}};

	ck_assert_uint_eq(stamp_step_find(events, 1).value, 1);
	ck_assert_uint_eq(stamp_step_find(events, 2).value, 1);
	events[1].stamp = UINT64_MAX;
	ck_assert_uint_eq(stamp_step_find(events, 2).value, UINT64_MAX - 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("step of stamps");
	TCase *all = tcase_create("steps");

	tcase_add_loop_test(all, quotients_are_those_of_a_division, 0, 120);
	tcase_add_test(all, few_odd_differences_do_not_hide_a_step);
	tcase_add_test(all, without_a_difference_the_step_is_one);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
