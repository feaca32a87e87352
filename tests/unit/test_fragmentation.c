/* SPDX-License-Identifier: MIT */
/* The survey of the heap: exact small cases, a naive model byte by byte, and absurd blocks. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/fragmentation.h"
#include "suite.h"

#define BASE 0x555554000000ull /* a multiple of 64 MiB */
#define PAGE 4096ull
#define HUGE (2ull << 20)
#define REGION (64ull << 20)
#define SITES 8

static struct fragmentation_block blocks[1 << 16];
static size_t block_count;
static struct fragmentation f;
static uint64_t random_state;

static void setup(void)
{
	block_count = 0;
	memset(&f, 0, sizeof f);
	random_state = 88172645463325252ull;
}

static void teardown(void)
{
	fragmentation_release(&f);
}

/* xorshift64 */
static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void put(uint64_t address, uint64_t size_bytes, uint32_t site, bool long_lived)
{
	ck_assert_uint_lt(block_count, sizeof blocks / sizeof *blocks);
	blocks[block_count++] = (struct fragmentation_block){.address = address,
							     .size_bytes = size_bytes,
							     .site = site,
							     .long_lived = long_lived};
}

static void check_view(const struct fragmentation_view *view, uint64_t page_bytes)
{
	uint64_t pages = 0;

	for (int i = 0; i < PAGES_TENTHS; i++)
		pages += view->tenths[i];
	ck_assert_uint_eq(pages, view->occupied_pages);
	ck_assert_uint_eq(view->live_bytes + view->overhead_bytes + view->pinned_bytes,
			  view->occupied_pages * page_bytes);
	ck_assert_uint_le(view->single_block_pages, view->occupied_pages);
	ck_assert_uint_le(view->single_block_pinned_bytes, view->pinned_bytes);
}

/* Surveys the blocks, in any order, and checks what fragmentation.h promises. */
static void survey(enum fragmentation_layout layout)
{
	uint64_t pinned = 0, exclusive = 0, region_pinned = 0, region_pages = 0, region_blocks = 0;
	uint64_t region_live = 0, holes = 0, hole_bytes = 0;

	for (size_t i = block_count; i > 1; i--) {
		size_t k = next_random() % i;
		struct fragmentation_block block = blocks[k];

		blocks[k] = blocks[i - 1];
		blocks[i - 1] = block;
	}
	for (size_t i = 0; i < block_count; i++) {
		struct chunk_rules rules = {.glibc = layout == FRAGMENTATION_LAYOUT_GLIBC};
		struct chunk_overhead around = chunks_around(&rules, API_MALLOC,
							     blocks[i].size_bytes, false);

		blocks[i].overhead_bytes = (uint8_t)(around.rounding + around.headers);
	}
	fragmentation_release(&f);
	fragmentation_survey(&f, layout, blocks, block_count, SITES, NULL);

	check_view(&f.pages, PAGE);
	check_view(&f.huge_pages, HUGE);
	ck_assert_uint_eq(f.pages.live_bytes, f.huge_pages.live_bytes);
	ck_assert_uint_eq(f.blocks + f.direct_blocks + f.shadowed_blocks, block_count);
	for (size_t i = 0; i < f.site_count; i++) {
		pinned += f.sites[i].pinned_bytes;
		exclusive += f.sites[i].exclusive_pages;
		ck_assert_uint_le(f.sites[i].exclusive_pages, f.sites[i].pages);
		ck_assert_uint_le(f.sites[i].scattered_pages, f.sites[i].pages);
	}
	ck_assert_uint_eq(pinned, f.pages.pinned_bytes);
	ck_assert_uint_le(exclusive, f.pages.occupied_pages);
	for (size_t i = 0; i < f.region_count; i++) {
		region_pinned += f.regions[i].pinned_bytes;
		region_pages += f.regions[i].occupied_pages;
		region_blocks += f.regions[i].blocks;
		region_live += f.regions[i].live_bytes;
		ck_assert_uint_lt(f.regions[i].start, f.regions[i].end);
		if (i)
			ck_assert_uint_le(f.regions[i - 1].end, f.regions[i].start);
	}
	ck_assert_uint_eq(region_pinned, f.pages.pinned_bytes);
	ck_assert_uint_eq(region_pages, f.pages.occupied_pages);
	ck_assert_uint_eq(region_blocks, f.blocks);
	ck_assert_uint_eq(region_live, f.pages.live_bytes);
	for (int i = 0; i < FRAGMENTATION_HOLE_SIZES; i++) {
		holes += f.holes.counts[i];
		hole_bytes += f.holes.bytes_by_size[i];
	}
	ck_assert_uint_eq(holes, f.holes.count);
	ck_assert_uint_eq(hole_bytes, f.holes.bytes);
	ck_assert_uint_le(f.holes.largest_bytes, f.holes.bytes);
}

START_TEST(test_nothing)
{
	fragmentation_survey(&f, FRAGMENTATION_LAYOUT_GLIBC, NULL, 0, 0, NULL);
	ck_assert_uint_eq(f.pages.occupied_pages, 0);
	ck_assert_uint_eq(f.region_count, 0);
	ck_assert_uint_eq(f.pair_count, 0);
}
END_TEST

START_TEST(test_blame_is_shared_by_bytes)
{
	put(BASE, 100, 0, false);
	put(BASE + 1000, 200, 1, false);
	put(BASE + 2000, 300, 2, false);
	put(BASE + 3000, 100, 0, false);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	/* 3396 free bytes over 700: 970 2/7, 970 2/7, 1455 3/7; the byte left goes to the first. */
	ck_assert_uint_eq(f.pages.pinned_bytes, 3396);
	ck_assert_uint_eq(f.sites[0].pinned_bytes, 971);
	ck_assert_uint_eq(f.sites[1].pinned_bytes, 970);
	ck_assert_uint_eq(f.sites[2].pinned_bytes, 1455);
	ck_assert_uint_eq(f.pages.single_block_pages, 0);
	ck_assert_uint_eq(f.pages.tenths[1], 1);
}
END_TEST

START_TEST(test_exclusive_and_scattered_pages)
{
	put(BASE, 100, 0, true); /* page 0: site 0 only */
	put(BASE + 500, 900, 0, true);
	put(BASE + PAGE, 100, 0, true); /* page 1: scattered, with another site */
	put(BASE + PAGE + 200, 100, 1, false);
	put(BASE + 2 * PAGE, 1024, 0, true); /* page 2: a quarter */
	put(BASE + 3 * PAGE, 100, 0, true); /* page 3: also a short-lived one */
	put(BASE + 3 * PAGE + 200, 100, 0, false);
	put(BASE + 4 * PAGE + 4000, 196 + 2 * PAGE, 2, true); /* pages 4 to 7, two of them whole */
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	ck_assert_uint_eq(f.pages.occupied_pages, 8);
	ck_assert_uint_eq(f.sites[0].pages, 4);
	ck_assert_uint_eq(f.sites[0].exclusive_pages, 3);
	ck_assert_uint_eq(f.sites[0].exclusive_pinned_bytes, 3096 + 3072 + 3896);
	ck_assert_uint_eq(f.sites[0].scattered_pages, 2);
	ck_assert_uint_eq(f.sites[1].pages, 1);
	ck_assert_uint_eq(f.sites[1].exclusive_pages, 0);
	ck_assert_uint_eq(f.sites[1].scattered_pages, 0);
	ck_assert_uint_eq(f.sites[2].pages, 4);
	ck_assert_uint_eq(f.sites[2].exclusive_pages, 4);
	ck_assert_uint_eq(f.sites[2].exclusive_pinned_bytes, 4000 + 3996);
	ck_assert_uint_eq(f.sites[2].scattered_pages, 2);
	ck_assert_uint_eq(f.pages.single_block_pages, 5);
	ck_assert_uint_eq(f.pages.single_block_pinned_bytes, 3072 + 4000 + 3996);
	ck_assert_uint_eq(f.huge_pages.occupied_pages, 1);
	ck_assert_uint_eq(f.huge_pages.single_block_pages, 0);
}
END_TEST

START_TEST(test_glibc_overhead_is_not_pinned)
{
	/* A page full of chunks of 32 bytes with 24 asked for. */
	for (int i = 0; i < 128; i++)
		put(BASE + (uint64_t)i * 32, 24, 0, false);
	survey(FRAGMENTATION_LAYOUT_GLIBC);
	ck_assert_uint_eq(f.pages.overhead_bytes, 128 * 8);
	ck_assert_uint_eq(f.huge_pages.overhead_bytes, 128 * 8);
	ck_assert_uint_eq(f.huge_pages.pinned_bytes, HUGE - PAGE);
	ck_assert_uint_eq(f.pages.pinned_bytes, 0);
	ck_assert_uint_eq(f.holes.count, 0);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	ck_assert_uint_eq(f.pages.overhead_bytes, 0);
	ck_assert_uint_eq(f.pages.pinned_bytes, 128 * 8);
	ck_assert_uint_eq(f.holes.count, 0);
}
END_TEST

START_TEST(test_holes)
{
	put(BASE + 16, 24, 0, false); /* a chunk of 32 */
	put(BASE + 48, 10, 0, false); /* 32, and 16 more that could be no chunk */
	put(BASE + 96, 0, 0, false); /* 32, then a hole of 32 */
	put(BASE + 160, 100, 0, false); /* 112, then one of 5000 */
	put(BASE + 160 + 112 + 5000, 8, 0, false);
	survey(FRAGMENTATION_LAYOUT_GLIBC);
	ck_assert_uint_eq(f.holes.count, 2);
	ck_assert_uint_eq(f.holes.bytes, 5032);
	ck_assert_uint_eq(f.holes.largest_bytes, 5000);
	ck_assert_uint_eq(f.holes.counts[5], 1);
	ck_assert_uint_eq(f.holes.counts[12], 1);
	ck_assert_uint_eq(f.holes.bytes_by_size[12], 5000);
	ck_assert_uint_eq(f.pages.live_bytes, 24 + 10 + 1 + 100 + 8);
	/* 16 and a quarter of the block before pass for rounding. */
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	ck_assert_uint_eq(f.holes.count, 3);
	ck_assert_uint_eq(f.holes.bytes, 38 + 63 + 5012);
}
END_TEST

START_TEST(test_regions)
{
	put(BASE + 100, 50, 0, false);
	put(BASE + REGION - 100, 200, 0, false); /* across the border */
	put(BASE + REGION + HUGE, 50, 0, false); /* the same aligned 64 MiB as its end */
	put(BASE + 2 * REGION - 10, 5, 0, false);
	put(BASE + 2 * REGION + (1 << 20) - 20, 5, 0, false); /* near enough */
	put(BASE + 3 * REGION + (1 << 20), 5, 0, false); /* of its own */
	put(BASE + 9 * REGION, 50, 0, false);
	survey(FRAGMENTATION_LAYOUT_GLIBC);
	ck_assert_uint_eq(f.region_count, 3);
	ck_assert_uint_eq(f.regions[0].start, BASE + 100);
	ck_assert_uint_eq(f.regions[0].end, BASE + 2 * REGION + (1 << 20) - 15);
	ck_assert_uint_eq(f.regions[0].blocks, 5);
	ck_assert_uint_eq(f.regions[0].live_bytes, 310);
	ck_assert_uint_eq(f.regions[0].occupied_pages, 6);
	ck_assert_uint_eq(f.regions[1].start, BASE + 3 * REGION + (1 << 20));
	ck_assert_uint_eq(f.regions[2].end, BASE + 9 * REGION + 50);
	/* Within the first region only. */
	ck_assert_uint_eq(f.holes.count, 4);
}
END_TEST

START_TEST(test_direct_blocks_are_left_out)
{
	put(BASE + 16, 1 << 20, 0, true);
	put(BASE + 8 * HUGE + 64, 100, 1, true);
	put(BASE + REGION, 40 << 20, 0, true);
	survey(FRAGMENTATION_LAYOUT_GLIBC);
	ck_assert_uint_eq(f.direct_blocks, 2);
	ck_assert_uint_eq(f.direct_bytes, 41 << 20);
	ck_assert_uint_eq(f.direct_pages, 257 + 10241);
	ck_assert_uint_eq(f.pages.occupied_pages, 1);
	ck_assert_uint_eq(f.sites[0].pages, 0);
	ck_assert_uint_eq(f.region_count, 1);
}
END_TEST

START_TEST(test_overlaps_belong_to_the_first)
{
	put(BASE, 100, 0, false);
	put(BASE, 150, 1, false); /* the larger: this one is first */
	put(BASE + 100, 100, 2, false); /* 50 left */
	put(BASE + 120, 80, 3, false);
	put(BASE + 120, 0, 4, false);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	ck_assert_uint_eq(f.blocks, 2);
	ck_assert_uint_eq(f.shadowed_blocks, 3);
	ck_assert_uint_eq(f.pages.live_bytes, 200);
	ck_assert_uint_eq(f.sites[0].pages, 0);
	ck_assert_uint_eq(f.sites[1].pinned_bytes, 2922);
	ck_assert_uint_eq(f.sites[2].pinned_bytes, 974);
}
END_TEST

START_TEST(test_many_blocks_at_one_address)
{
	for (uint64_t i = 0; i < 500; i++)
		put(BASE + 64, i * 7 % 500, i % SITES, false);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	ck_assert_uint_eq(f.blocks, 1);
	ck_assert_uint_eq(f.shadowed_blocks, 499);
	ck_assert_uint_eq(f.pages.live_bytes, 499);
}
END_TEST

/* Blocks that differ in high bits, in low ones, and in both. */
START_TEST(test_any_order_is_sorted)
{
	for (int i = 0; i < 20000; i++)
		put(next_random() >> (i % 3 * 20) << (i % 5 * 4), 1, 0, false);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	for (size_t i = 1; i < block_count; i++)
		ck_assert_uint_le(blocks[i - 1].address, blocks[i].address);
}
END_TEST

START_TEST(test_pairs)
{
	for (uint64_t i = 0; i < 10; i++) {
		put(BASE + i * PAGE, 100, 1, true);
		put(BASE + i * PAGE + 200, 100, 1, false); /* itself: no pair */
		put(BASE + i * PAGE + 400, 96, i < 3 ? 2 : 3, false);
		put(BASE + i * PAGE + 600, 1000, 4, i < 5);
	}
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	ck_assert_uint_eq(f.pair_count, 6);
	ck_assert_uint_eq(f.pairs[0].long_lived, 1);
	ck_assert_uint_eq(f.pairs[0].short_lived, 3);
	ck_assert_uint_eq(f.pairs[0].pages, 7);
	ck_assert_uint_eq(f.pairs[0].pinned_bytes, 7 * 2800);
	ck_assert_uint_eq(f.pairs[1].long_lived, 1);
	ck_assert_uint_eq(f.pairs[1].short_lived, 4);
	ck_assert_uint_eq(f.pairs[1].pages, 5);
	ck_assert_uint_eq(f.pairs[2].long_lived, 4);
	ck_assert_uint_eq(f.pairs[2].short_lived, 1);
	ck_assert_uint_eq(f.crowded_pages, 0);
}
END_TEST

START_TEST(test_crowded_pages)
{
	static struct fragmentation_block crowd[3 * 4096];
	size_t count = sizeof crowd / sizeof *crowd;

	/* Every byte of three pages a site of its own. */
	for (size_t i = 0; i < count; i++)
		crowd[i] = (struct fragmentation_block){BASE + i, 1, (uint32_t)i % 4096,
							.long_lived = i & 1};
	fragmentation_survey(&f, FRAGMENTATION_LAYOUT_UNKNOWN, crowd, count, 4096, NULL);
	ck_assert_uint_eq(f.crowded_pages, 3);
	ck_assert_uint_eq(f.pages.occupied_pages, 3);
	ck_assert_uint_eq(f.pages.live_bytes, 3 * PAGE);
	ck_assert_uint_eq(f.pair_count, FRAGMENTATION_PAIRS);
	ck_assert_uint_eq(f.pairs[0].long_lived, 1);
	ck_assert_uint_eq(f.pairs[0].short_lived, 0);
	ck_assert_uint_eq(f.pairs[0].pages, 3);
}
END_TEST

START_TEST(test_absurd_blocks)
{
	static const uint64_t addresses[] = {0,
					     1,
					     BASE,
					     BASE + 1,
					     1ull << 48,
					     UINT64_MAX - REGION,
					     UINT64_MAX - 4095,
					     UINT64_MAX - 1,
					     UINT64_MAX};
	static const uint64_t sizes[] = {0,	      1,	  PAGE,		  HUGE,
					 32ull << 20, 1ull << 36, UINT64_MAX - 1, UINT64_MAX};

	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			put(addresses[i], sizes[k], (i + k) % SITES, k & 1);
		survey(FRAGMENTATION_LAYOUT_GLIBC);
		survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	}
	for (int i = 0; i < 60000; i++)
		put(next_random() >> next_random() % 40, next_random() >> next_random() % 64,
		    next_random() % SITES, next_random() & 1);
	survey(FRAGMENTATION_LAYOUT_GLIBC);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
}
END_TEST

/* Who owns each byte of a small heap. */
#define MODEL_BYTES (2 * HUGE + 5 * PAGE)
#define MODEL_PAGES (MODEL_BYTES / PAGE)

static int owners[MODEL_BYTES]; /* block + 1 */

static uint64_t overhead_of(uint64_t size, enum fragmentation_layout layout)
{
	uint64_t chunk = size + 8 <= 32 ? 32 : (size + 8 + 15) / 16 * 16;

	return layout == FRAGMENTATION_LAYOUT_GLIBC ? chunk - size : 0;
}

/* What the survey shall say, from the bytes; blocks are sorted by now. */
static void check_by_bytes(enum fragmentation_layout layout)
{
	uint64_t pinned_by_site[SITES] = {0}, pages_by_site[SITES] = {0}, shared[SITES][SITES];
	uint64_t exclusive[SITES] = {0}, scattered[SITES] = {0};
	uint64_t overhead_left[MODEL_PAGES] = {0}, pinned = 0, occupied = 0, single = 0;
	uint64_t tenths[PAGES_TENTHS] = {0}, holes = 0, hole_bytes = 0, gap = 0;
	bool glibc = layout == FRAGMENTATION_LAYOUT_GLIBC;
	int before = 0;

	memset(owners, 0, sizeof owners);
	memset(shared, 0, sizeof shared);
	for (size_t i = 0; i < block_count; i++)
		for (uint64_t k = 0; k < blocks[i].size_bytes; k++)
			if (!owners[blocks[i].address - BASE + k])
				owners[blocks[i].address - BASE + k] = (int)i + 1;

	for (size_t i = 0; i < MODEL_BYTES; i++) {
		if (!owners[i]) {
			gap++;
			continue;
		}
		if (before && gap) {
			uint64_t size = blocks[before - 1].size_bytes;
			uint64_t slack = overhead_of(size, layout);

			if (gap > slack + 16 + (glibc ? 0 : size / 4)) {
				holes++;
				hole_bytes += gap - slack;
			}
		}
		gap = 0;
		before = owners[i];
		if (i + 1 == MODEL_BYTES || owners[i + 1] != before)
			overhead_left[i / PAGE] += overhead_of(blocks[before - 1].size_bytes,
							       layout);
	}

	for (size_t page = 0; page < MODEL_PAGES; page++) {
		uint64_t bytes[SITES] = {0}, unused, rest, live = 0;
		bool longs[SITES] = {false}, shorts[SITES] = {false};
		int order[SITES], sites = 0, held = 0, previous = 0;

		for (size_t i = page * PAGE; i < (page + 1) * PAGE; i++) {
			const struct fragmentation_block *block;

			if (!owners[i])
				continue;
			block = &blocks[owners[i] - 1];
			if (!bytes[block->site]++)
				order[sites++] = (int)block->site;
			if (block->long_lived)
				longs[block->site] = true;
			else
				shorts[block->site] = true;
			held += owners[i] != previous;
			previous = owners[i];
			live++;
		}
		if (!live)
			continue;
		unused = PAGE - live;
		unused -= overhead_left[page] < unused ? overhead_left[page] : unused;
		pinned += unused;
		occupied++;
		single += held == 1;
		tenths[live == PAGE ? 9 : live * 10 / PAGE]++;
		rest = unused;
		for (int i = 0; i < sites; i++) {
			int site = order[i];

			pinned_by_site[site] += unused * bytes[site] / live;
			rest -= unused * bytes[site] / live;
			pages_by_site[site]++;
			exclusive[site] += sites == 1;
			scattered[site] += !shorts[site] && bytes[site] < 1024;
			for (int k = 0; k < SITES; k++)
				shared[site][k] += longs[site] && shorts[k] && k != site;
		}
		for (uint64_t i = 0; i < rest; i++)
			pinned_by_site[order[i]]++;
	}

	ck_assert_uint_eq(f.pages.pinned_bytes, pinned);
	ck_assert_uint_eq(f.pages.occupied_pages, occupied);
	ck_assert_uint_eq(f.pages.single_block_pages, single);
	ck_assert_mem_eq(f.pages.tenths, tenths, sizeof tenths);
	ck_assert_uint_eq(f.holes.count, holes);
	ck_assert_uint_eq(f.holes.bytes, hole_bytes);
	for (size_t i = 0; i < SITES; i++) {
		ck_assert_uint_eq(f.sites[i].pinned_bytes, pinned_by_site[i]);
		ck_assert_uint_eq(f.sites[i].pages, pages_by_site[i]);
		ck_assert_uint_eq(f.sites[i].exclusive_pages, exclusive[i]);
		ck_assert_uint_eq(f.sites[i].scattered_pages, scattered[i]);
	}
	for (size_t i = 0; i < f.pair_count; i++)
		ck_assert_uint_eq(f.pairs[i].pages,
				  shared[f.pairs[i].long_lived][f.pairs[i].short_lived]);
}

/* On even runs disjoint blocks, where pages.h must say the same; on odd ones they overlap. */
START_TEST(test_against_a_model)
{
	enum fragmentation_layout layout = _i % 4 < 2 ? FRAGMENTATION_LAYOUT_GLIBC
						      : FRAGMENTATION_LAYOUT_UNKNOWN;
	struct pages pages = {0};
	struct pages_summary now;
	uint64_t address = BASE;

	random_state += (uint64_t)_i;
	for (;;) {
		uint64_t kind = next_random() % 400;
		uint64_t size = 1 + next_random() % (kind ? kind < 20 ? 20000 : 150 : HUGE);

		if (address + size > BASE + MODEL_BYTES)
			break;
		put(address, size, next_random() % (kind & 1 ? SITES : 3), next_random() % 3 == 0);
		if (pages_is_direct(address, size))
			block_count--;
		else
			pages_add(&pages, address, size);
		if (_i & 1)
			address += next_random() % 200;
		else
			address += size + (next_random() % 3 ? 0 : next_random() % 9000);
	}
	survey(layout);
	check_by_bytes(layout);
	pages_summary(&pages, &now);
	if (!(_i & 1)) {
		ck_assert_uint_eq(now.live_bytes, f.pages.live_bytes);
		ck_assert_uint_eq(now.occupied_pages, f.pages.occupied_pages);
		ck_assert_uint_eq(now.single_block_pages, f.pages.single_block_pages);
		ck_assert_uint_eq(now.huge_occupied, f.huge_pages.occupied_pages);
		ck_assert_mem_eq(now.tenths, f.pages.tenths, sizeof now.tenths);
	}
	pages_release(&pages);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fragmentation");
	TCase *tests = tcase_create("survey");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_nothing);
	tcase_add_test(tests, test_blame_is_shared_by_bytes);
	tcase_add_test(tests, test_exclusive_and_scattered_pages);
	tcase_add_test(tests, test_glibc_overhead_is_not_pinned);
	tcase_add_test(tests, test_holes);
	tcase_add_test(tests, test_regions);
	tcase_add_test(tests, test_direct_blocks_are_left_out);
	tcase_add_test(tests, test_overlaps_belong_to_the_first);
	tcase_add_test(tests, test_many_blocks_at_one_address);
	tcase_add_test(tests, test_any_order_is_sorted);
	tcase_add_test(tests, test_pairs);
	tcase_add_test(tests, test_crowded_pages);
	tcase_add_test(tests, test_absurd_blocks);
	tcase_add_loop_test(tests, test_against_a_model, 0, 16);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
