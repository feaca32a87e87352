/* SPDX-License-Identifier: MIT */
/* Resident memory taken apart. */
#include <check.h>
#include <string.h>

#include "analyzer/analysis/fragmentation.h"
#include "suite.h"

#define PAGE 4096ull

static struct fragmentation_parts parts;

static void decompose(const struct pages_summary *pages, uint64_t rounding, uint64_t headers,
		      uint64_t resident, uint64_t file_backed)
{
	/* __int128: the sum must hold without wrapping. */
	unsigned __int128 sum;

	memset(&parts, 0xff, sizeof parts);
	fragmentation_decompose(&parts, pages, &(struct chunk_overhead){rounding, headers},
				resident, file_backed);
	sum = (unsigned __int128)parts.live + parts.rounding + parts.headers + parts.pinned +
	      parts.retained + parts.other;
	ck_assert_uint_eq(parts.resident, resident);
	ck_assert(sum == resident);
}

START_TEST(test_all_parts)
{
	struct pages_summary pages = {
		.live_bytes = 50000,
		.occupied_pages = 20,
		.vacated_pages = 7,
		.direct_bytes = 200000,
		.direct_pages = 49,
	};

	decompose(&pages, 1000, 5000, 100 * PAGE + 12345, 12345);
	ck_assert_uint_eq(parts.live, 250000);
	ck_assert_uint_eq(parts.rounding, 1000);
	ck_assert_uint_eq(parts.headers, 5000);
	ck_assert_uint_eq(parts.pinned, 69 * PAGE - 256000);
	ck_assert_uint_eq(parts.retained, 7 * PAGE);
	ck_assert_uint_eq(parts.other, 24 * PAGE + 12345);
	ck_assert_uint_eq(parts.untouched, 0);
}
END_TEST

START_TEST(test_retained_is_no_more_than_there_is)
{
	struct pages_summary pages = {
		.live_bytes = 5000,
		.occupied_pages = 2,
		.vacated_pages = 100,
	};

	decompose(&pages, 0, 0, 30 * PAGE, 10 * PAGE);
	ck_assert_uint_eq(parts.live, 5000);
	ck_assert_uint_eq(parts.pinned, 2 * PAGE - 5000);
	ck_assert_uint_eq(parts.retained, 18 * PAGE);
	ck_assert_uint_eq(parts.other, 10 * PAGE);
}
END_TEST

/* A large block of which the program has written a part. */
START_TEST(test_untouched_memory_is_not_live)
{
	struct pages_summary pages = {
		.live_bytes = 3000,
		.occupied_pages = 1,
		.direct_bytes = 1000 * PAGE - 24,
		.direct_pages = 1000,
	};

	decompose(&pages, 28, 36, 300 * PAGE, 100 * PAGE);
	ck_assert_uint_eq(parts.headers, 36);
	ck_assert_uint_eq(parts.rounding, 28);
	ck_assert_uint_eq(parts.pinned, PAGE - 3000 + 24 - 28 - 36);
	ck_assert_uint_eq(parts.untouched, 801 * PAGE);
	ck_assert_uint_eq(parts.live, 3000 + 200 * PAGE - 24 - PAGE);
	ck_assert_uint_eq(parts.retained, 0);
	ck_assert_uint_eq(parts.other, 100 * PAGE);
}
END_TEST

START_TEST(test_nothing_resident)
{
	struct pages_summary pages = {.live_bytes = 3000, .occupied_pages = 1, .vacated_pages = 1};

	decompose(&pages, 28, 36, 0, 100);
	ck_assert_uint_eq(parts.untouched, PAGE);
	decompose(&pages, 28, 36, 50, 100);
	ck_assert_uint_eq(parts.other, 50);
	decompose(&(struct pages_summary){0}, 0, 0, 100, 0);
	ck_assert_uint_eq(parts.other, 100);
}
END_TEST

START_TEST(test_identity_at_random)
{
	uint64_t state = 88172645463325252ull, value[8];

	for (int i = 0; i < 200000; i++) {
		struct pages_summary pages = {0};

		for (int k = 0; k < 8; k++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			value[k] = state >> (state & 63);
		}
		pages.live_bytes = value[0];
		pages.occupied_pages = value[1];
		pages.vacated_pages = value[2];
		pages.direct_bytes = value[3];
		pages.direct_pages = i & 1 ? value[4] : 0;
		decompose(&pages, value[5], value[6], value[7], value[7] >> (value[0] & 7));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fragmentation parts");
	TCase *tests = tcase_create("resident memory");

	tcase_add_test(tests, test_all_parts);
	tcase_add_test(tests, test_retained_is_no_more_than_there_is);
	tcase_add_test(tests, test_untouched_memory_is_not_live);
	tcase_add_test(tests, test_nothing_resident);
	tcase_add_test(tests, test_identity_at_random);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
