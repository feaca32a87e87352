/* SPDX-License-Identifier: MIT */
/* Boundaries of generations as users write them, and blocks sorted by them. */
#include <check.h>
#include <math.h>

#include "analyzer/analysis/generations.h"
#include "suite.h"

static const struct {
	const char *text;
	enum age_clock clock;
	bool in_turnovers;
	double first, second;
} good[] = {
	{"1,64", AGE_BYTES, false, 1, 64},
	{"1M,64M", AGE_BYTES, false, 1048576, 67108864},
	{"1,64M", AGE_BYTES, false, 1048576, 67108864},
	{"512KiB,1GiB", AGE_BYTES, false, 524288, 1073741824},
	{"0.1x,3x", AGE_BYTES, true, 0.1, 3},
	{".5,2x", AGE_BYTES, true, 0.5, 2},
	{"1e4n,1e6n", AGE_ALLOCATIONS, false, 1e4, 1e6},
	{"10ms,1s", AGE_NS, false, 1e7, 1e9},
	{"1s,2m", AGE_NS, false, 1e9, 120e9},
	{"1m,1h", AGE_NS, false, 60e9, 3600e9},
};

START_TEST(test_parse)
{
	struct generations_rule rule;

	ck_assert(generations_parse(good[_i].text, &rule));
	ck_assert_int_eq(rule.clock, good[_i].clock);
	ck_assert_int_eq(rule.in_turnovers, good[_i].in_turnovers);
	ck_assert_double_eq(rule.begin[0], good[_i].first);
	ck_assert_double_eq(rule.begin[1], good[_i].second);
}
END_TEST

static const char *const bad[] = {
	"",	 "1M",	     "1M,",    ",1M",	 "1M,64M,",  "64M,1M",	"1M,1M",
	"0,1M",	 "-1,1M",    " 1,2",   "1,2 ",	 "1q,2q",    "1M,2s",	"1x,2M",
	"1s,2x", "nan,1",    "inf,1x", "1,inf",	 "0x10,100", "1,1e30",	"1n,2",
	"1e,2",	 "1K,2K,3K", "0x,3x",  "1MM,2M", "1,2xx",    "1e400,2", "0.1X,3X",
};

START_TEST(test_refuse)
{
	struct generations_rule rule;

	ck_assert_msg(!generations_parse(bad[_i], &rule), "%s was taken", bad[_i]);
}
END_TEST

START_TEST(test_default_boundaries)
{
	uint64_t ages[GENERATIONS - 1];

	/* One turnover of 8 MiB: young below 1 MiB, old from 24 MiB on, both edges of buckets. */
	generations_resolve(&generations_default, 8 << 20, ages);
	ck_assert_uint_eq(ages[0], 1 << 20);
	ck_assert_uint_eq(ages[1], 24 << 20);
	/* A small heap: young is 64 KiB at least, and old still comes after it. */
	generations_resolve(&generations_default, 1000, ages);
	ck_assert_uint_eq(ages[0], 65536);
	ck_assert_uint_gt(ages[1], ages[0]);
	generations_resolve(&generations_default, UINT64_MAX, ages);
	ck_assert_uint_gt(ages[1], ages[0]);
}
END_TEST

START_TEST(test_boundaries_lie_on_edges)
{
	struct generations_rule rule;
	uint64_t ages[GENERATIONS - 1];

	ck_assert(generations_parse("100000,10000000", &rule));
	generations_resolve(&rule, 0, ages);
	for (int g = 0; g < GENERATIONS - 1; g++) {
		ck_assert_uint_eq(ages[g], ages_floor(ages_bucket(ages[g])));
		ck_assert_double_le(fabs((double)ages[g] / rule.begin[g] - 1), 0.125);
	}
	ck_assert(generations_parse("1,2", &rule));
	generations_resolve(&rule, 0, ages);
	ck_assert_uint_eq(ages[0], 1);
	ck_assert_uint_eq(ages[1], 2);
}
END_TEST

START_TEST(test_count)
{
	static const uint64_t ages[] = {1024, 65536};
	struct model_generation result[GENERATIONS];
	struct ages dead = {0}, alive = {0};

	ages_add(&dead, 0, 1, 10, 1);
	ages_add(&dead, 1023, 1, 10, 2);
	ages_add(&dead, 1024, 1, 10, 4);
	ages_add(&dead, 1 << 20, 1, 10, 8);
	ages_add(&alive, 100, 1, 7, 16);
	ages_add(&alive, 65535, 1, 5, 32);
	ages_add(&alive, 65536, 1, 3, 64);
	generations_count(ages, &dead, &alive, result);
	ck_assert_uint_eq(result[0].births, 7);
	ck_assert_uint_eq(result[0].deaths, 2);
	ck_assert_uint_eq(result[0].survivors, 1);
	ck_assert_uint_eq(result[0].bytes, 7);
	ck_assert_double_eq(result[0].byte_seconds, 19);
	ck_assert_uint_eq(result[1].births, 4);
	ck_assert_uint_eq(result[1].deaths, 1);
	ck_assert_uint_eq(result[1].bytes, 5);
	ck_assert_uint_eq(result[2].births, 2);
	ck_assert_uint_eq(result[2].deaths, 1);
	ck_assert_uint_eq(result[2].survivors, 1);
	ck_assert_uint_eq(result[2].bytes, 3);
	ages_release(&dead);
	ages_release(&alive);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("generations");
	TCase *tests = tcase_create("generations");

	tcase_add_loop_test(tests, test_parse, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(tests, test_refuse, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, test_default_boundaries);
	tcase_add_test(tests, test_boundaries_lie_on_edges);
	tcase_add_test(tests, test_count);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
