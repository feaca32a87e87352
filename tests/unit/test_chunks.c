/* SPDX-License-Identifier: MIT */
/* What is around blocks: glibc's layout against the glibc that runs this test, and Python's. */
#include <check.h>
#include <malloc.h>
#include <stdlib.h>

#include "analyzer/analysis/chunks.h"
#include "analyzer/analysis/pages.h"
#include "suite.h"

#define PAGE 4096ull

START_TEST(test_glibc_layout)
{
	ck_assert_uint_eq(chunks_glibc_usable(0, false), 24);
	ck_assert_uint_eq(chunks_glibc_usable(24, false), 24);
	ck_assert_uint_eq(chunks_glibc_usable(25, false), 40);
	ck_assert_uint_eq(chunks_glibc_usable(1 << 20, true), (1 << 20) + PAGE - 16);
	ck_assert_uint_eq(chunks_glibc_usable((1 << 20) - 24, true), (1 << 20) - 16);
	ck_assert_uint_eq(chunks_glibc_usable(UINT64_MAX, true), UINT64_MAX);
	ck_assert_uint_eq(chunks_glibc_usable(UINT64_MAX, false), UINT64_MAX);
	ck_assert_uint_eq(chunks_glibc_header(false), 8);
	ck_assert_uint_eq(chunks_glibc_header(true), 16);
	for (uint64_t size = 131049; size < 140000; size++)
		ck_assert_uint_eq(pages_of_direct(0x7f0000000010, size) * PAGE,
				  chunks_glibc_usable(size, true) + 16);
}
END_TEST

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OTHER_ALLOCATOR
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define OTHER_ALLOCATOR
#endif

#ifndef OTHER_ALLOCATOR
static void *new_block(size_t size)
{
	void *block = malloc(size);
	uint64_t address = (uintptr_t)block;
	size_t usable = malloc_usable_size(block);
	size_t expected = chunks_glibc_usable(size, pages_is_direct(address, size));

	/* Check has left free chunks behind; one that is 16 bytes too large is not split. */
	ck_assert_ptr_nonnull(block);
	if (usable != expected)
		ck_assert_uint_eq(usable, expected + 16);
	return block;
}

START_TEST(test_as_glibc_does)
{
	static const size_t large[] = {131049,	131072,	 135144,	  135145,  200000,
				       1 << 20, 5000000, (32 << 20) - 16, 40 << 20};
	static void *blocks[5001];
	size_t exact = 0;

	for (size_t size = 0; size <= 5000; size++) {
		blocks[size] = new_block(size);
		exact += malloc_usable_size(blocks[size]) == chunks_glibc_usable(size, false);
	}
	ck_assert_uint_ge(exact, 4900);
	for (size_t size = 0; size <= 5000; size++)
		free(blocks[size]);
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		blocks[i] = new_block(large[i]);
	/* Far over the threshold, which nothing has raised: mapped. */
	for (size_t i = 5; i < sizeof large / sizeof *large; i++)
		ck_assert_uint_eq((uintptr_t)blocks[i] % PAGE, 16);
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		free(blocks[i]);
}
END_TEST
#endif

static void expect(const struct chunk_rules *rules, uint8_t api, uint64_t size, uint64_t rounding,
		   uint64_t headers)
{
	struct chunk_overhead around = chunks_around(rules, api, size, false);

	ck_assert_uint_eq(around.rounding, rounding);
	ck_assert_uint_eq(around.headers, headers);
}

START_TEST(test_pymalloc)
{
	struct chunk_rules rules = {.glibc = true, .pymalloc = true};

	expect(&rules, API_PYOBJECT_MALLOC, 0, 24, 8); /* of malloc, too */
	expect(&rules, API_PYOBJECT_MALLOC, 1, 15, 0);
	expect(&rules, API_PYOBJECT_MALLOC, 16, 0, 0);
	expect(&rules, API_PYMEM_MALLOC, 17, 15, 0);
	expect(&rules, API_PYMEM_MALLOC, 512, 0, 0);
	expect(&rules, API_PYMEM_MALLOC, 513, 7, 8); /* of malloc, as are: */
	expect(&rules, API_PYMEM_RAWMALLOC, 16, 8, 8);
	expect(&rules, API_MALLOC, 16, 8, 8);
	rules.pymalloc = false;
	expect(&rules, API_PYOBJECT_MALLOC, 16, 8, 8);
	rules = (struct chunk_rules){.pymalloc = true};
	expect(&rules, API_PYOBJECT_MALLOC, 17, 0, 0);
}
END_TEST

START_TEST(test_python_debug)
{
	struct chunk_rules rules = {.glibc = true, .pymalloc = true, .python_debug = true};
	uint32_t bytes;

	expect(&rules, API_PYOBJECT_MALLOC, 0, 8, 24);
	expect(&rules, API_PYOBJECT_MALLOC, 8, 0, 24);
	expect(&rules, API_PYOBJECT_MALLOC, 488, 0, 24);
	expect(&rules, API_PYOBJECT_MALLOC, 489, 7, 32);
	expect(&rules, API_PYMEM_RAWMALLOC, 16, 0, 32);
	expect(&rules, API_MALLOC, 16, 8, 8);
	ck_assert(chunks_in_pool(&rules, API_PYMEM_MALLOC, 9, &bytes));
	ck_assert_uint_eq(bytes, 48);
	ck_assert(!chunks_in_pool(&rules, API_PYMEM_MALLOC, 489, &bytes));
	ck_assert(!chunks_in_pool(&rules, API_PYMEM_MALLOC, UINT64_MAX, &bytes));
	ck_assert(!chunks_in_pool(&rules, API_PYMEM_RAWMALLOC, 9, &bytes));
	ck_assert(!chunks_in_pool(&rules, API_MALLOC, 9, &bytes));
}
END_TEST

START_TEST(test_absurd_sizes)
{
	struct chunk_rules rules = {.glibc = true, .pymalloc = true, .python_debug = true};

	for (uint64_t size = UINT64_MAX - 64; size; size++)
		expect(&rules, API_PYMEM_MALLOC, size, 0, 0);
	expect(&rules, API_MALLOC, (uint64_t)PTRDIFF_MAX + 1, 0, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chunks");
	TCase *tests = tcase_create("around blocks");

	tcase_add_test(tests, test_glibc_layout);
#ifndef OTHER_ALLOCATOR
	tcase_add_test(tests, test_as_glibc_does);
#endif
	tcase_add_test(tests, test_pymalloc);
	tcase_add_test(tests, test_python_debug);
	tcase_add_test(tests, test_absurd_sizes);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
