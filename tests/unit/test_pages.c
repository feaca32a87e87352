/* SPDX-License-Identifier: MIT */
/* Page occupancy: exact small cases, a naive model of a small heap, and input that overlaps. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/pages.h"
#include "suite.h"

#define BASE 0x555555600000ull /* a multiple of 2 MiB */
#define PAGE 4096ull
#define HUGE (2ull << 20)
#define HUGE_PAGES 512u

static struct pages pages;
static struct pages_summary now;
static uint64_t random_state;

static void setup(void)
{
	memset(&pages, 0, sizeof pages);
	random_state = 88172645463325252ull;
}

static void teardown(void)
{
	pages_release(&pages);
}

/* xorshift64 */
static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void look(void)
{
	uint64_t occupied = 0;

	pages_summary(&pages, &now);
	for (int i = 0; i < PAGES_TENTHS; i++)
		occupied += now.tenths[i];
	ck_assert_uint_eq(occupied, now.occupied_pages);
	ck_assert_uint_le(now.live_bytes, PAGE * now.occupied_pages);
	ck_assert_uint_le(now.single_block_pages, now.occupied_pages);
	ck_assert_uint_le(now.huge_occupied, now.occupied_pages);
}

static void expect(uint64_t live, uint64_t occupied, uint64_t vacated, uint64_t single)
{
	look();
	ck_assert_uint_eq(now.live_bytes, live);
	ck_assert_uint_eq(now.occupied_pages, occupied);
	ck_assert_uint_eq(now.vacated_pages, vacated);
	ck_assert_uint_eq(now.single_block_pages, single);
}

START_TEST(test_nothing)
{
	expect(0, 0, 0, 0);
	pages_remove(&pages, BASE, 10);
	expect(0, 0, 0, 0);
	ck_assert_ptr_null(pages.leaves);
}
END_TEST

START_TEST(test_one_page)
{
	pages_add(&pages, BASE + 16, 100);
	expect(100, 1, 0, 1);
	ck_assert_uint_eq(now.tenths[0], 1);
	pages_add(&pages, BASE + 128, 309);
	expect(409, 1, 0, 0);
	ck_assert_uint_eq(now.tenths[0], 1);
	pages_add(&pages, BASE + 512, 1);
	expect(410, 1, 0, 0);
	ck_assert_uint_eq(now.tenths[1], 1);
	ck_assert_uint_eq(now.huge_occupied, 1);
	pages_remove(&pages, BASE + 16, 100);
	pages_remove(&pages, BASE + 128, 309);
	expect(1, 1, 0, 1);
	pages_remove(&pages, BASE + 512, 1);
	expect(0, 0, 1, 0);
	ck_assert_uint_eq(now.huge_occupied, 0);
	pages_add(&pages, BASE, PAGE);
	expect(PAGE, 1, 0, 1);
	ck_assert_uint_eq(now.tenths[9], 1);
}
END_TEST

START_TEST(test_size_zero_holds_a_page)
{
	pages_add(&pages, BASE + 16, 0);
	expect(1, 1, 0, 1);
	pages_remove(&pages, BASE + 16, 0);
	expect(0, 0, 1, 0);
}
END_TEST

START_TEST(test_across_pages)
{
	/* 96 bytes, two whole pages, 4 bytes, over the border between huge pages. */
	uint64_t address = BASE + HUGE - PAGE - 96;

	pages_add(&pages, address, 96 + 2 * PAGE + 4);
	expect(96 + 2 * PAGE + 4, 4, 0, 4);
	ck_assert_uint_eq(now.tenths[0], 2);
	ck_assert_uint_eq(now.tenths[9], 2);
	ck_assert_uint_eq(now.huge_occupied, 2);
	pages_add(&pages, address - 48, 48);
	expect(144 + 2 * PAGE + 4, 4, 0, 3);
	pages_remove(&pages, address, 96 + 2 * PAGE + 4);
	expect(48, 1, 3, 1);
	ck_assert_uint_eq(now.huge_occupied, 1);
}
END_TEST

START_TEST(test_whole_huge_pages)
{
	uint64_t size = 3 * HUGE + 100, address = BASE + HUGE - 50;

	pages_add(&pages, BASE + HUGE + 64, 64);
	pages_remove(&pages, BASE + HUGE + 64, 64);
	expect(0, 0, 1, 0);
	pages_add(&pages, address, size);
	expect(size, 3 * HUGE_PAGES + 2, 0, 3 * HUGE_PAGES + 2);
	ck_assert_uint_eq(now.huge_occupied, 5);
	ck_assert_uint_eq(now.tenths[9], 3 * HUGE_PAGES);
	pages_remove(&pages, address, size);
	expect(0, 0, 3 * HUGE_PAGES + 2, 0);
	ck_assert_uint_eq(now.huge_occupied, 0);
	pages_add(&pages, BASE + 2 * HUGE + 64, 64);
	expect(64, 1, 3 * HUGE_PAGES + 1, 1);
}
END_TEST

/* As after the loss of the event that released the large block. */
START_TEST(test_small_block_under_a_large_one)
{
	pages_add(&pages, BASE, HUGE);
	pages_add(&pages, BASE + 64, 100);
	expect(HUGE + 100, HUGE_PAGES + 1, 0, HUGE_PAGES + 1);
	ck_assert_uint_eq(now.huge_occupied, 1);
	pages_remove(&pages, BASE, HUGE);
	expect(100, 1, HUGE_PAGES - 1, 1);
	ck_assert_uint_eq(now.huge_occupied, 1);
	pages_add(&pages, BASE, HUGE);
	pages_add(&pages, BASE, HUGE);
	expect(HUGE + 100, HUGE_PAGES + 1, 0, 1);
	pages_remove(&pages, BASE + 64, 100);
	pages_remove(&pages, BASE, HUGE);
	expect(HUGE, HUGE_PAGES, 0, HUGE_PAGES);
	pages_remove(&pages, BASE, HUGE);
	expect(0, 0, HUGE_PAGES, 0);
	pages_remove(&pages, BASE, HUGE);
	expect(0, 0, HUGE_PAGES, 0);
}
END_TEST

START_TEST(test_direct_blocks)
{
	ck_assert(pages_is_direct(BASE + 16, 128 << 10));
	ck_assert(pages_is_direct(BASE + 16, (128 << 10) - 23));
	ck_assert(!pages_is_direct(BASE + 16, (128 << 10) - 24));
	ck_assert(!pages_is_direct(BASE + 32, 128 << 10));
	ck_assert(!pages_is_direct(BASE + 32, 32 << 20));
	ck_assert(pages_is_direct(BASE + 32, (32 << 20) + 1));

	/* glibc: the block, 16 bytes before and 8 behind it, in whole pages. */
	ck_assert_uint_eq(pages_of_direct(BASE + 16, 64 * PAGE - 24), 64);
	ck_assert_uint_eq(pages_of_direct(BASE + 16, 64 * PAGE - 23), 65);
	ck_assert_uint_eq(pages_of_direct(UINT64_MAX, UINT64_MAX), (UINT64_MAX >> 12) + 3);

	pages_add(&pages, BASE + 16, 1 << 20);
	pages_add(&pages, BASE + (4 << 20), 40 << 20);
	expect(0, 0, 0, 0);
	ck_assert_uint_eq(now.direct_bytes, 41 << 20);
	ck_assert_uint_eq(now.direct_pages, 257 + (10 << 10) + 1);
	pages_remove(&pages, BASE + 16, 1 << 20);
	pages_remove(&pages, BASE + (4 << 20), 40 << 20);
	expect(0, 0, 0, 0);
	ck_assert_uint_eq(now.direct_bytes, 0);
	ck_assert_uint_eq(now.direct_pages, 0);
}
END_TEST

START_TEST(test_overlapping_blocks_fill_a_page_once)
{
	for (int i = 0; i < 40; i++)
		pages_add(&pages, BASE, PAGE);
	expect(PAGE, 1, 0, 0);
	pages_remove(&pages, BASE + 7, 3000);
	expect(PAGE, 1, 0, 0);
	for (int i = 0; i < 39; i++)
		pages_remove(&pages, BASE, PAGE);
	expect(0, 0, 1, 0);
}
END_TEST

START_TEST(test_removal_of_more_than_was_added)
{
	pages_add(&pages, BASE, 10);
	pages_add(&pages, BASE + 16, 10);
	pages_remove(&pages, BASE, 4000);
	expect(0, 1, 0, 1);
	pages_remove(&pages, BASE, 4000);
	pages_remove(&pages, BASE, 4000);
	expect(0, 0, 1, 0);
}
END_TEST

START_TEST(test_block_count_sticks)
{
	for (int i = 0; i < 70000; i++)
		pages_add(&pages, BASE, 1);
	expect(PAGE, 1, 0, 0);
	for (int i = 0; i < 70000; i++)
		pages_remove(&pages, BASE, 1);
	expect(PAGE, 1, 0, 0);
}
END_TEST

START_TEST(test_absurd_blocks)
{
	static const uint64_t addresses[] = {0,
					     1,
					     16,
					     BASE,
					     (1ull << 48) - 1,
					     1ull << 48,
					     UINT64_MAX - HUGE,
					     UINT64_MAX - 15,
					     UINT64_MAX};
	static const uint64_t sizes[] = {
		0, 1, PAGE, HUGE, 30 << 20, 1ull << 36, 1ull << 63, UINT64_MAX - 1, UINT64_MAX};
	size_t address_count = sizeof addresses / sizeof *addresses;
	size_t size_count = sizeof sizes / sizeof *sizes;

	for (size_t i = 0; i < address_count * size_count; i++) {
		pages_add(&pages, addresses[i / size_count], sizes[i % size_count]);
		look();
	}
	ck_assert_uint_ne(now.unplaced_bytes, 0);
	for (size_t i = 0; i < address_count * size_count; i++) {
		pages_remove(&pages, addresses[i / size_count], sizes[i % size_count]);
		look();
	}
	ck_assert_uint_eq(now.live_bytes, 0);
	ck_assert_uint_eq(now.occupied_pages, 0);
	ck_assert_uint_eq(now.huge_occupied, 0);
	ck_assert_uint_eq(now.direct_bytes, 0);
	ck_assert_uint_eq(now.direct_pages, 0);
	ck_assert_uint_eq(now.unplaced_bytes, 0);
	/* 60 MiB from four places and their ends. */
	ck_assert_uint_le(pages.chunk_count, 80);
}
END_TEST

START_TEST(test_memory_is_bounded)
{
	pages.chunk_limit = 10;
	for (uint64_t i = 0; i < 1000; i++)
		pages_add(&pages, BASE + i * 7 * HUGE, 100);
	expect(1000, 10, 0, 10);
	ck_assert_uint_eq(now.unplaced_bytes, 99000);
	pages_add(&pages, BASE + HUGE - 10, 20);
	expect(1010, 11, 0, 11);
	ck_assert_uint_eq(now.unplaced_bytes, 99010);
	pages_remove(&pages, BASE + HUGE - 10, 20);
	for (uint64_t i = 0; i < 1000; i++)
		pages_remove(&pages, BASE + i * 7 * HUGE, 100);
	expect(0, 0, 11, 0);
	ck_assert_uint_eq(now.unplaced_bytes, 0);
	ck_assert_uint_eq(pages.chunk_count, 10);
}
END_TEST

/* A heap of three huge pages, byte by byte. */
#define MODEL_HUGE 3
#define MODEL_BYTES (MODEL_HUGE * HUGE)
#define MODEL_PAGES (MODEL_HUGE * HUGE_PAGES)
#define MODEL_BLOCKS 4000

struct model {
	uint8_t used[MODEL_BYTES];
	bool ever[MODEL_PAGES];
	struct {
		uint64_t offset, size;
	} blocks[MODEL_BLOCKS];
	size_t count;
};

static void check_model(const struct model *m)
{
	static uint32_t holders[MODEL_PAGES];
	struct pages_summary want = {0};

	memset(holders, 0, sizeof holders);
	for (size_t i = 0; i < m->count; i++)
		for (uint64_t k = m->blocks[i].offset / PAGE;
		     k <= (m->blocks[i].offset + m->blocks[i].size - 1) / PAGE; k++)
			holders[k]++;
	for (size_t i = 0; i < MODEL_PAGES; i++) {
		uint32_t live = 0;

		for (size_t k = 0; k < PAGE; k++)
			live += m->used[i * PAGE + k];
		want.live_bytes += live;
		want.occupied_pages += live > 0;
		want.vacated_pages += !live && m->ever[i];
		want.single_block_pages += holders[i] == 1;
		if (live)
			want.tenths[live == PAGE ? 9 : live * 10 / PAGE]++;
	}
	for (size_t i = 0; i < MODEL_HUGE; i++)
		want.huge_occupied += memchr(&m->used[i * HUGE], 1, HUGE) != NULL;
	look();
	ck_assert_mem_eq(&now, &want, sizeof want);
}

static uint64_t random_size(void)
{
	uint64_t kind = next_random() % 1000;

	if (kind < 2)
		return HUGE + next_random() % HUGE;
	if (kind < 20)
		return 1 + next_random() % (HUGE / 8);
	return 1 + next_random() % (kind < 300 ? 6000 : 200);
}

START_TEST(test_against_a_model)
{
	struct model *m = calloc(1, sizeof *m);

	ck_assert_ptr_nonnull(m);
	random_state += (uint64_t)_i;
	for (int i = 0; i < 30000; i++) {
		/* Grow and shrink in turn, to nothing at times. */
		bool grow = i / 3000 % 2 ? next_random() % 4 == 0 : next_random() % 4 != 0;
		uint64_t size = random_size();
		uint64_t offset = next_random() % (MODEL_BYTES - size + 1);

		if (grow && m->count < MODEL_BLOCKS) {
			if (size >= HUGE)
				offset &= ~(PAGE - 1);
			if (pages_is_direct(BASE + offset, size) ||
			    memchr(&m->used[offset], 1, size))
				continue;
			memset(&m->used[offset], 1, size);
			for (uint64_t k = offset / PAGE; k <= (offset + size - 1) / PAGE; k++)
				m->ever[k] = true;
			m->blocks[m->count].offset = offset;
			m->blocks[m->count++].size = size;
			pages_add(&pages, BASE + offset, size);
		} else if (m->count) {
			size_t k = next_random() % m->count;

			memset(&m->used[m->blocks[k].offset], 0, m->blocks[k].size);
			pages_remove(&pages, BASE + m->blocks[k].offset, m->blocks[k].size);
			m->blocks[k] = m->blocks[--m->count];
		}
		if (i % 199 == 0)
			check_model(m);
	}
	check_model(m);
	free(m);
}
END_TEST

/* Any blocks, overlapping at will: invariants hold all the time, and nothing is left over. */
START_TEST(test_overlaps_at_random)
{
	static struct {
		uint64_t address, size;
	} blocks[300];
	size_t count = 0;

	random_state += (uint64_t)_i;
	for (int i = 0; i < 20000; i++) {
		if (next_random() % 2 && count < 300) {
			blocks[count].size = random_size() << (next_random() % 6);
			blocks[count].address = BASE + next_random() % (4 * HUGE);
			if (next_random() % 50 == 0)
				blocks[count].address = next_random();
			pages_add(&pages, blocks[count].address, blocks[count].size);
			count++;
		} else if (count) {
			size_t k = next_random() % count;

			pages_remove(&pages, blocks[k].address, blocks[k].size);
			blocks[k] = blocks[--count];
		}
		look();
	}
	while (count--)
		pages_remove(&pages, blocks[count].address, blocks[count].size);
	look();
	ck_assert_uint_eq(now.live_bytes, 0);
	ck_assert_uint_eq(now.occupied_pages, 0);
	ck_assert_uint_eq(now.single_block_pages, 0);
	ck_assert_uint_eq(now.huge_occupied, 0);
	ck_assert_uint_eq(now.direct_bytes, 0);
	ck_assert_uint_eq(now.direct_pages, 0);
	ck_assert_uint_eq(now.unplaced_bytes, 0);
}
END_TEST

/* Removals need not match anything. */
START_TEST(test_any_calls_at_random)
{
	random_state += (uint64_t)_i;
	for (int i = 0; i < 50000; i++) {
		uint64_t address = BASE + next_random() % (2 * HUGE);
		uint64_t size = random_size() << (next_random() % 6);

		if (next_random() % 2)
			pages_add(&pages, address, size);
		else
			pages_remove(&pages, address, size);
		look();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pages");
	TCase *tests = tcase_create("occupancy");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_nothing);
	tcase_add_test(tests, test_one_page);
	tcase_add_test(tests, test_size_zero_holds_a_page);
	tcase_add_test(tests, test_across_pages);
	tcase_add_test(tests, test_whole_huge_pages);
	tcase_add_test(tests, test_small_block_under_a_large_one);
	tcase_add_test(tests, test_direct_blocks);
	tcase_add_test(tests, test_overlapping_blocks_fill_a_page_once);
	tcase_add_test(tests, test_removal_of_more_than_was_added);
	tcase_add_test(tests, test_block_count_sticks);
	tcase_add_test(tests, test_absurd_blocks);
	tcase_add_test(tests, test_memory_is_bounded);
	tcase_add_loop_test(tests, test_against_a_model, 0, 3);
	tcase_add_loop_test(tests, test_overlaps_at_random, 0, 5);
	tcase_add_loop_test(tests, test_any_calls_at_random, 0, 5);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
