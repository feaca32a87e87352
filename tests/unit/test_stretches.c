/* SPDX-License-Identifier: MIT */
/* Maps of regions: exact small ones, sums that agree with the survey, and the model's. */
#include "analyzer/analysis/fragmentation.h"
#include "golden_trace.h"
#include "suite.h"

#define BASE 0x555554000000ull /* a multiple of 64 MiB */
#define PAGE 4096ull
#define SITES 50u
#define BLOCKS 30000u

static struct fragmentation_block blocks[BLOCKS];
static size_t block_count;
static struct fragmentation f;
static struct stretches stretches;
static struct arena arena;
static uint32_t ids[SITES];
static uint64_t random_state;

static void setup_blocks(void)
{
	block_count = 0;
	random_state = 1;
	memset(&f, 0, sizeof f);
	memset(&stretches, 0, sizeof stretches);
	for (uint32_t i = 0; i < SITES; i++)
		ids[i] = 100 + i;
}

static void teardown_blocks(void)
{
	fragmentation_release(&f);
	stretches_release(&stretches);
	arena_release(&arena);
}

static uint64_t next_random(uint64_t below)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % below;
}

static void add(uint64_t offset, uint64_t size_bytes, uint32_t site)
{
	ck_assert_uint_lt(block_count, BLOCKS);
	blocks[block_count++] = (struct fragmentation_block){BASE + offset, size_bytes, site,
							     .long_lived = false};
}

static struct model_region map_of(size_t index)
{
	struct model_region region = {.start = f.regions[index].start, .end = f.regions[index].end};

	stretches_fold(&stretches, &region, &arena, ids, SITES);
	return region;
}

/* Every map agrees with its region. */
static void survey(enum fragmentation_layout layout)
{
	fragmentation_survey(&f, layout, blocks, block_count, SITES, &stretches);
	for (size_t i = 0; i < f.region_count; i++) {
		struct model_region region = map_of(i);
		uint64_t pages = 0, live = 0, pinned = 0;

		ck_assert_uint_ge(region.map_count, 1);
		ck_assert_uint_le(region.map_count, STRETCHES_MAX);
		ck_assert_uint_le((region.map_count - 1) * region.map_pages * PAGE,
				  region.end - region.start + PAGE);
		for (uint32_t k = 0; k < region.map_count; k++) {
			const struct model_stretch *stretch = &region.map[k];

			pages += stretch->occupied;
			live += stretch->live_bytes;
			pinned += stretch->pinned_bytes;
			ck_assert_uint_le(stretch->occupied, region.map_pages);
			ck_assert_uint_le(stretch->live_bytes + stretch->pinned_bytes,
					  stretch->occupied * PAGE);
			ck_assert_int_eq(stretch->site != 0, stretch->pinned_bytes != 0);
		}
		ck_assert_uint_eq(pages, f.regions[i].occupied_pages);
		ck_assert_uint_eq(live, f.regions[i].live_bytes);
		ck_assert_uint_eq(pinned, f.regions[i].pinned_bytes);
	}
}

static void check(const struct model_stretch *stretch, uint32_t occupied, uint64_t live_bytes,
		  uint64_t pinned_bytes, uint32_t site)
{
	ck_assert_uint_eq(stretch->occupied, occupied);
	ck_assert_uint_eq(stretch->live_bytes, live_bytes);
	ck_assert_uint_eq(stretch->pinned_bytes, pinned_bytes);
	ck_assert_uint_eq(stretch->site, site ? ids[site] : 0);
}

START_TEST(test_pages_of_a_small_region)
{
	struct model_region region;

	add(0, 96, 1);
	add(1000, 200, 2);
	add(2 * PAGE - 100, 3 * PAGE + 200, 3); /* two pages in part, three in whole */
	add(7 * PAGE + 8, 1, 4);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	region = map_of(0);
	ck_assert_uint_eq(region.map_pages, 1);
	ck_assert_uint_eq(region.map_count, 8);
	check(&region.map[0], 1, 296, PAGE - 296, 2);
	check(&region.map[1], 1, 100, PAGE - 100, 3);
	for (int i = 2; i < 5; i++)
		check(&region.map[i], 1, PAGE, 0, 0);
	check(&region.map[5], 1, 100, PAGE - 100, 3);
	check(&region.map[6], 0, 0, 0, 0);
	check(&region.map[7], 1, 1, PAGE - 1, 4);
}
END_TEST

/* In a stretch of several pages the blame of each site is added up. */
START_TEST(test_stretches_of_several_pages)
{
	struct model_region region;

	add(0, 1, 1); /* pins a page nearly */
	add(PAGE, 2000, 2); /* pins half a page each */
	add(2 * PAGE, 2000, 2);
	add(3 * PAGE, 1000, 3);
	/* Full pages from here on, through three stretches. */
	add(4 * PAGE, 4 * PAGE, 4);
	for (uint64_t page = 8; page < 2 * STRETCHES_MAX + 98; page++)
		add(page * PAGE, PAGE, 5);
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	region = map_of(0);
	ck_assert_uint_eq(region.map_pages, 3);
	ck_assert_uint_eq(region.map_count, (2 * STRETCHES_MAX + 98 + 2) / 3);
	check(&region.map[0], 3, 4001, 3 * PAGE - 4001, 2);
	check(&region.map[1], 3, 1000 + 2 * PAGE, PAGE - 1000, 3);
	check(&region.map[2], 3, 3 * PAGE, 0, 0);
	check(&region.map[region.map_count - 1], 1, PAGE, 0, 0);
}
END_TEST

/* Where each stretch is one page, the site with most bytes on it pins most. */
START_TEST(test_culprits_of_single_pages)
{
	static uint32_t bytes[512][SITES];
	struct model_region region;
	uint64_t offset = 0;

	memset(bytes, 0, sizeof bytes);
	while (offset < 500 * PAGE) {
		uint64_t size = 1 + next_random(next_random(20) ? 300 : 9000);
		uint32_t site = 1 + (uint32_t)next_random(SITES - 1);

		add(offset, size, site);
		for (uint64_t i = offset; i < offset + size; i++)
			bytes[i / PAGE][site]++;
		offset += size + next_random(200);
	}
	survey(FRAGMENTATION_LAYOUT_UNKNOWN);
	region = map_of(0);
	ck_assert_uint_eq(region.map_pages, 1);
	for (uint32_t i = 0; i < region.map_count; i++) {
		uint32_t most = 0;

		if (!region.map[i].pinned_bytes)
			continue;
		for (uint32_t site = 0; site < SITES; site++)
			most = bytes[i][site] > most ? bytes[i][site] : most;
		/* Its share is rounded, so another one may be as large. */
		ck_assert_uint_ge(bytes[i][region.map[i].site - 100] + 1, most);
	}
}
END_TEST

/* Several regions, blocks that overlap, long runs of full pages. */
START_TEST(test_sums_at_random)
{
	for (int round = 0; round < 20; round++) {
		uint64_t spread = 1ull << (16 + next_random(20));

		teardown_blocks();
		setup_blocks();
		random_state = (uint64_t)round + 7;
		for (uint32_t i = 0; i < 1 + next_random(BLOCKS); i++)
			add(next_random(spread), next_random(next_random(50) ? 2000 : 9 << 20),
			    1 + (uint32_t)next_random(SITES - 1));
		survey(round % 2 ? FRAGMENTATION_LAYOUT_GLIBC : FRAGMENTATION_LAYOUT_UNKNOWN);
	}
}
END_TEST

/* In the model the regions that pin most have maps, if they are asked for. */
START_TEST(test_in_the_model)
{
	static const struct build_options plain = {.pages = true};
	static const struct build_options detailed = {.pages = true, .details = true};
	const struct model_fragmentation *heap = &build.model.fragmentation;

	for (uint64_t region = 0; region < 20; region++)
		for (uint64_t i = 0; i <= region; i++)
			put(EVENT_ALLOC, API_MALLOC, BASE + (region << 26) + i * PAGE, 100,
			    i % 3 ? stack_b : stack_a, 0);
	judge_as(&plain);
	ck_assert_uint_eq(heap->region_count, 20);
	ck_assert_uint_eq(heap->regions[0].map_count, 0);
	build_release(&build);
	reader_rewind(reader);
	build_model(&build, reader, path, &detailed);
	ck_assert_uint_eq(heap->region_count, 20);
	for (uint32_t i = 0; i < 20; i++) {
		const struct model_region *region = &heap->regions[i];

		ck_assert_uint_eq(region->map_count, i < 16 ? 20 - i : 0);
		for (uint32_t k = 0; k < region->map_count; k++) {
			uint32_t site = region->map[k].site;

			ck_assert_uint_eq(region->map[k].live_bytes, 100);
			assert_innermost(&build.model.sites[site - 1].stack, k % 3 ? 0xb0 : 0xa0);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stretches");
	TCase *tests = tcase_create("maps"), *models = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup_blocks, teardown_blocks);
	tcase_add_test(tests, test_pages_of_a_small_region);
	tcase_add_test(tests, test_stretches_of_several_pages);
	tcase_add_test(tests, test_culprits_of_single_pages);
	tcase_add_test(tests, test_sums_at_random);
	tcase_add_checked_fixture(models, setup, teardown);
	tcase_add_test(models, test_in_the_model);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, models);
	return suite_run(suite);
}
