/* SPDX-License-Identifier: MIT */
/* Strings counted by their text. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "analyzer/record/equal_strings.h"
#include "suite.h"

static struct equal_strings e;

static void teardown(void)
{
	equal_strings_release(&e);
}

static const struct equal_string *find(const char *text)
{
	uint64_t hash = XXH3_64bits(text, strlen(text));

	for (size_t i = 0; i < e.room; i++)
		if (e.list[i].count && e.list[i].hash == hash)
			return &e.list[i];
	return NULL;
}

START_TEST(counts_are_exact)
{
	char text[32];

	for (uint64_t i = 0; i < 100000; i++) {
		int bytes = snprintf(text, sizeof text, "text %u", (unsigned)(i % 5000));

		equal_strings_see(&e, 16 * i, text, (size_t)bytes);
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "text %u", i);
		ck_assert_ptr_nonnull(find(text));
		ck_assert_uint_eq(find(text)->count, 20);
		ck_assert_uint_eq(find(text)->text_bytes, strlen(text));
		ck_assert_uint_eq(find(text)->address / 16 % 5000, i);
	}
	ck_assert_ptr_null(find("text 5000"));
}
END_TEST

/* Of 10 makers the one that made 9 of 10 strings is named for nearly all texts. */
START_TEST(the_string_kept_is_anyones)
{
	unsigned late = 0;
	char text[32];

	for (unsigned i = 0; i < 1000; i++) {
		int bytes = snprintf(text, sizeof text, "text %u", i);

		for (uint64_t k = 0; k < 100; k++)
			equal_strings_see(&e, k, text, (size_t)bytes);
	}
	for (size_t i = 0; i < e.room; i++)
		late += e.list[i].count && e.list[i].address >= 10;
	ck_assert_uint_ge(late, 850);
	ck_assert_uint_le(late, 950);
}
END_TEST

/* Texts that come when there is no room are not counted, and those that were before go on. */
START_TEST(memory_is_bounded)
{
	uint64_t number = 0;

	for (; number < 3u << 20; number++)
		equal_strings_see(&e, number, (const char *)&number, sizeof number);
	ck_assert_uint_le(e.room, 4u << 20);
	number = 5;
	equal_strings_see(&e, 1, (const char *)&number, sizeof number);
	number = 0;
	for (size_t i = 0; i < e.room; i++)
		number += e.list[i].count;
	ck_assert_uint_eq(number, (1u << 20) + 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("equal strings");
	TCase *cases = tcase_create("equal strings");

	tcase_add_checked_fixture(cases, NULL, teardown);
	tcase_add_test(cases, counts_are_exact);
	tcase_add_test(cases, the_string_kept_is_anyones);
	tcase_add_test(cases, memory_is_bounded);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
