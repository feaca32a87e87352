/* SPDX-License-Identifier: MIT */
/* Pairs of sites that share pages: order of the best, and what happens to too many. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/coresidence.h"
#include "suite.h"

static struct coresidence pairs;

static void setup(void)
{
	memset(&pairs, 0, sizeof pairs);
}

static void teardown(void)
{
	coresidence_release(&pairs);
}

static void add(uint32_t long_lived, uint32_t short_lived, uint64_t pages, uint64_t pinned_bytes)
{
	for (uint64_t i = 0; i < pages; i++)
		coresidence_add(&pairs, long_lived, short_lived, pinned_bytes);
}

static void expect(const struct coresidence_pair *pair, uint32_t long_lived, uint32_t short_lived,
		   uint64_t pages, uint64_t pinned_bytes)
{
	ck_assert_uint_eq(pair->long_lived, long_lived);
	ck_assert_uint_eq(pair->short_lived, short_lived);
	ck_assert_uint_eq(pair->pages, pages);
	ck_assert_uint_eq(pair->pinned_bytes, pinned_bytes);
}

START_TEST(test_none)
{
	struct coresidence_pair best[4];

	ck_assert_uint_eq(coresidence_best(&pairs, best, 4), 0);
}
END_TEST

START_TEST(test_best_first)
{
	struct coresidence_pair best[4];

	add(1, 2, 1, 500);
	add(7, 8, 3, 10);
	add(2, 1, 3, 20);
	add(5, 4, 2, 0);
	add(5, 3, 2, 0);
	add(9, 9, 1, 400);
	ck_assert_uint_eq(coresidence_best(&pairs, best, 4), 4);
	expect(&best[0], 2, 1, 3, 60);
	expect(&best[1], 7, 8, 3, 30);
	expect(&best[2], 5, 3, 2, 0);
	expect(&best[3], 5, 4, 2, 0);
	ck_assert_uint_eq(coresidence_best(&pairs, best, 1), 1);
	expect(&best[0], 2, 1, 3, 60);
	ck_assert_uint_eq(coresidence_best(&pairs, best, 0), 0);
}
END_TEST

START_TEST(test_many)
{
	struct coresidence_pair best[3];

	for (uint32_t i = 0; i < 300; i++)
		for (uint32_t k = 0; k < 300; k++)
			add(i, k, i == 7 && k == 299 ? 2 : 1, k);
	ck_assert_uint_eq(pairs.count, 90000);
	ck_assert_uint_eq(pairs.dropped, 0);
	ck_assert_uint_eq(coresidence_best(&pairs, best, 3), 3);
	expect(&best[0], 7, 299, 2, 598);
	expect(&best[1], 0, 299, 1, 299);
	expect(&best[2], 1, 299, 1, 299);
}
END_TEST

/* Every page is in a pair or among the dropped, however many pairs there are. */
START_TEST(test_too_many)
{
	struct coresidence_pair best[1];
	uint64_t pages = 0;

	for (uint32_t i = 0; i < 1 << 21; i++)
		add(i, ~i, 1, 1);
	add(0, ~0u, 1, 1);
	ck_assert_uint_le(pairs.count, 1 << 20);
	ck_assert_uint_ge(pairs.count, 1 << 19);
	ck_assert_uint_eq(coresidence_best(&pairs, best, 1), 1);
	expect(&best[0], 0, ~0u, 2, 2);
	for (size_t i = 0; i < (size_t)1 << pairs.slot_bits; i++)
		pages += pairs.slots[i].pages;
	ck_assert_uint_eq(pages + pairs.dropped, (1 << 21) + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("coresidence");
	TCase *tests = tcase_create("pairs");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_none);
	tcase_add_test(tests, test_best_first);
	tcase_add_test(tests, test_many);
	tcase_add_test(tests, test_too_many);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
