/* SPDX-License-Identifier: MIT */
/* Buckets of ages, and histograms that lose nothing. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/ages.h"
#include "suite.h"

static uint64_t random_state;

/* Marsaglia's xorshift64*: the same numbers everywhere. */
static uint64_t next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

/* Any number of bits, so that all buckets are met. */
static uint64_t random_age(void)
{
	uint64_t bits = next_random();

	return bits >> (next_random() % 64);
}

static void setup(void)
{
	random_state = 1;
}

START_TEST(test_buckets_meet_at_their_floors)
{
	for (uint32_t bucket = 0; bucket < AGES_BUCKETS; bucket++) {
		uint64_t floor = ages_floor(bucket), next = ages_floor(bucket + 1);

		ck_assert_uint_lt(floor, next);
		ck_assert_uint_eq(ages_bucket(floor), bucket);
		ck_assert_uint_eq(ages_bucket(next - 1), bucket);
		if (bucket < AGES_EXACT)
			ck_assert_uint_eq(next - floor, 1);
		else
			ck_assert_uint_le(next - floor, floor / 4 + (next == UINT64_MAX));
	}
	ck_assert_uint_eq(ages_bucket(UINT64_MAX), AGES_BUCKETS - 1);
	ck_assert_uint_eq(ages_floor(AGES_BUCKETS), UINT64_MAX);
	ck_assert_uint_eq(ages_floor(UINT32_MAX), UINT64_MAX);
}
END_TEST

START_TEST(test_buckets_stand_where_they_always_stood)
{
	static const struct {
		uint64_t age;
		uint32_t bucket;
	} known[] = {{0, 0},	 {1, 1},	 {3, 3},     {4, 4},
		     {7, 7},	 {8, 8},	 {9, 8},     {10, 9},
		     {15, 11},	 {16, 12},	 {1000, 35}, {1024, 36},
		     {4096, 44}, {1u << 20, 76}, {~0u, 123}, {1ull << 63, 248}};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		ck_assert_uint_eq(ages_bucket(known[i].age), known[i].bucket);
}
END_TEST

START_TEST(test_buckets_are_monotone)
{
	for (int i = 0; i < 100000; i++) {
		uint64_t a = random_age(), b = random_age();

		if (a <= b)
			ck_assert_uint_le(ages_bucket(a), ages_bucket(b));
		ck_assert_uint_le(ages_floor(ages_bucket(a)), a);
	}
}
END_TEST

/* Spread over a plain array, where each bucket has its place. */
static void spread(const struct ages *a, struct age_bucket *plain)
{
	memset(plain, 0, AGES_BUCKETS * sizeof *plain);
	for (uint32_t i = 0; i < a->count; i++) {
		ck_assert_uint_lt(a->list[i].bucket, AGES_BUCKETS);
		ck_assert_uint_eq(plain[a->list[i].bucket].blocks, 0);
		ck_assert_uint_gt(a->list[i].blocks, 0);
		plain[a->list[i].bucket] = a->list[i];
	}
}

static void check_equal(const struct ages *a, const struct age_bucket *expected)
{
	struct age_bucket plain[AGES_BUCKETS];

	spread(a, plain);
	for (uint32_t i = 0; i < AGES_BUCKETS; i++) {
		ck_assert_uint_eq(plain[i].blocks, expected[i].blocks);
		ck_assert_uint_eq(plain[i].bytes, expected[i].bytes);
		ck_assert_double_eq(plain[i].byte_seconds, expected[i].byte_seconds);
	}
}

static void add(struct ages *a, struct age_bucket *plain, uint64_t age, uint64_t size)
{
	struct age_bucket *b = &plain[ages_bucket(age)];

	/* Quarters, whose sums are exact in any order. */
	ages_add(a, age, 1, size, (double)size / 4);
	b->blocks++;
	b->bytes += size;
	b->byte_seconds += (double)size / 4;
}

START_TEST(test_adds_like_a_plain_array)
{
	struct age_bucket plain[AGES_BUCKETS] = {{0}};
	struct ages a = {0};

	check_equal(&a, plain);
	for (int i = 0; i < 20000; i++)
		add(&a, plain, random_age(), next_random() % 10000);
	check_equal(&a, plain);
	ck_assert_uint_eq(a.count, AGES_BUCKETS);
	ages_release(&a);
	check_equal(&a, (struct age_bucket[AGES_BUCKETS]){{0}});
}
END_TEST

START_TEST(test_takes_room_for_what_is_there)
{
	struct ages a = {0};

	ck_assert_ptr_null(a.list);
	for (uint32_t i = 0; i < 40; i++) {
		ages_add(&a, 100, 1, 8, 0);
		ck_assert_uint_eq(a.capacity, 1);
	}
	ages_add(&a, 1000, 1, 8, 0);
	ck_assert_uint_eq(a.capacity, 2);
	ages_add(&a, 2000, 1, 8, 0);
	ck_assert_uint_eq(a.capacity, 4);
	ck_assert_uint_eq(a.count, 3);
	ages_release(&a);
}
END_TEST

START_TEST(test_frequent_buckets_come_to_the_front)
{
	struct ages a = {0};

	for (uint64_t age = 1; age; age *= 2)
		ages_add(&a, age, 1, 1, 0);
	for (int i = 0; i < 100; i++)
		ages_add(&a, 1ull << 63, 1, 1, 0);
	ck_assert_uint_eq(a.list[0].bucket, ages_bucket(1ull << 63));
	/* One that is as frequent as the first waits behind it. */
	for (int i = 0; i < 100; i++)
		ages_add(&a, 1ull << 40, 1, 1, 0);
	ck_assert_uint_eq(a.list[0].bucket, ages_bucket(1ull << 63));
	ck_assert_uint_eq(a.list[1].bucket, ages_bucket(1ull << 40));
	ages_release(&a);
}
END_TEST

START_TEST(test_merging_is_adding)
{
	struct age_bucket plain[AGES_BUCKETS] = {{0}};
	struct ages parts[3] = {{0}}, all = {0};

	for (int i = 0; i < 3000; i++)
		add(&parts[next_random() % 3], plain, random_age() >> 20, next_random() % 100);
	for (int i = 0; i < 3; i++)
		ages_merge(&all, &parts[i]);
	check_equal(&all, plain);
	ages_merge(&all, &(struct ages){0});
	check_equal(&all, plain);
	for (int i = 0; i < 3; i++)
		ages_release(&parts[i]);
	ages_release(&all);
}
END_TEST

START_TEST(test_counts_stop_at_the_top)
{
	struct age_bucket full = {UINT64_MAX - 1, UINT64_MAX - 1, 1e300, 5};
	struct ages from = {&full, 1, 1}, a = {0};

	ages_merge(&a, &from);
	ages_merge(&a, &from);
	ck_assert_uint_eq(a.list[0].blocks, UINT64_MAX);
	ck_assert_uint_eq(a.list[0].bytes, UINT64_MAX);
	ages_add(&a, 5, 1, UINT64_MAX, 0);
	ck_assert_uint_eq(a.list[0].blocks, UINT64_MAX);
	ck_assert_uint_eq(a.list[0].bytes, UINT64_MAX);
	ages_release(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ages");
	TCase *tests = tcase_create("ages");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_buckets_meet_at_their_floors);
	tcase_add_test(tests, test_buckets_stand_where_they_always_stood);
	tcase_add_test(tests, test_buckets_are_monotone);
	tcase_add_test(tests, test_adds_like_a_plain_array);
	tcase_add_test(tests, test_takes_room_for_what_is_there);
	tcase_add_test(tests, test_frequent_buckets_come_to_the_front);
	tcase_add_test(tests, test_merging_is_adding);
	tcase_add_test(tests, test_counts_stop_at_the_top);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
