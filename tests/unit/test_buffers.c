/* SPDX-License-Identifier: MIT */
/* What sites do with large blocks: copies that shrink or grow, lists that grow and go. */
#include <check.h>

#include "analyzer/analysis/buffers.h"
#include "suite.h"

static struct buffers b;

static void teardown(void)
{
	buffers_release(&b);
}

static void born(uint32_t site, uint64_t bytes)
{
	buffers_born(&b, &(struct live_block){.site = site, .size_bytes = bytes}, 1, false);
}

START_TEST(copies_that_shrink)
{
	for (uint64_t bytes = 100000; bytes > 50000; bytes -= 1000)
		born(3, bytes);
	ck_assert_uint_eq(buffers_of(&b, 3).births, 50);
	ck_assert_uint_eq(buffers_of(&b, 3).shorter, 49);
	ck_assert_uint_eq(buffers_of(&b, 3).shorter_bytes, 49 * (99000 + 51000) / 2);
	ck_assert_uint_eq(buffers_of(&b, 3).longer, 0);
	ck_assert_uint_eq(buffers_of(&b, 2).births, 0);
	ck_assert_uint_eq(buffers_of(&b, 4000000).births, 0);
}
END_TEST

/* What is added may be a block from the same site, as long as it is much smaller. */
START_TEST(copies_that_grow)
{
	for (uint64_t bytes = 100000; bytes < 150000; bytes += 1000) {
		born(0, bytes);
		born(0, 5000);
	}
	ck_assert_uint_eq(buffers_of(&b, 0).births, 50);
	ck_assert_uint_eq(buffers_of(&b, 0).longer, 49);
	ck_assert_uint_eq(buffers_of(&b, 0).longer_bytes, 49 * (101000 + 149000) / 2);
	ck_assert_uint_eq(buffers_of(&b, 0).shorter, 0);
}
END_TEST

/* Equal ones, and those that differ by more than a quarter, are no copies of one buffer. */
START_TEST(other_blocks)
{
	static const uint64_t sizes[] = {8000, 8000, 16000, 8000, 5999, 7999};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		born(1, sizes[i]);
	ck_assert_uint_eq(buffers_of(&b, 1).births, 6);
	ck_assert_uint_eq(buffers_of(&b, 1).shorter, 0);
	ck_assert_uint_eq(buffers_of(&b, 1).longer, 0);
}
END_TEST

START_TEST(list_that_grows_and_goes)
{
	struct live_block block = {.site = 7, .size_bytes = 8000, .birth = 100, .chain = 1};

	buffers_born(&b, &block, 100, false);
	block.size_bytes = 64000;
	buffers_born(&b, &block, 400, true);
	ck_assert_uint_eq(buffers_of(&b, 7).births, 1);
	ck_assert_uint_eq(buffers_of(&b, 7).grown_bytes, 0);
	buffers_gone(&b, &block, 1400);
	ck_assert_uint_eq(buffers_of(&b, 7).grown_bytes, 64000);
	ck_assert_uint_eq(buffers_of(&b, 7).grown, 300);
	ck_assert_uint_eq(buffers_of(&b, 7).kept, 1000);
}
END_TEST

/* A smaller one says nothing new, nor does one that never grew or whose growth was another's. */
START_TEST(lists_that_do_not_count)
{
	struct live_block block = {.site = 7, .size_bytes = 64000, .birth = 500, .chain = 1};

	buffers_born(&b, &block, 400, true);
	buffers_gone(&b, &block, 600);
	ck_assert_uint_eq(buffers_of(&b, 7).grown_bytes, 0);
	block.birth = 100;
	block.chain = 0;
	buffers_gone(&b, &block, 600);
	ck_assert_uint_eq(buffers_of(&b, 7).grown_bytes, 0);
	block.chain = 2;
	buffers_gone(&b, &block, 600);
	block.size_bytes = 8000;
	buffers_gone(&b, &block, 700);
	ck_assert_uint_eq(buffers_of(&b, 7).grown_bytes, 64000);
	ck_assert_uint_eq(buffers_of(&b, 7).kept, 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buffers");
	TCase *cases = tcase_create("buffers");

	tcase_add_checked_fixture(cases, NULL, teardown);
	tcase_add_test(cases, copies_that_shrink);
	tcase_add_test(cases, copies_that_grow);
	tcase_add_test(cases, other_blocks);
	tcase_add_test(cases, list_that_grows_and_goes);
	tcase_add_test(cases, lists_that_do_not_count);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
