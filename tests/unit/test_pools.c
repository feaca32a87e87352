/* SPDX-License-Identifier: MIT */
/* Arenas of CPython's allocator: exact small cases, a naive model pool by pool, and absurd traces. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/pools.h"
#include "suite.h"

#define BASE 0x7f0000000000ull
#define SMALL (256u << 10)
#define LARGE (1u << 20)
#define SITES 6

static struct fragmentation_block blocks[1 << 15];
static size_t block_count;
static struct intervals arenas;
static struct pools p;
static uint64_t random_state;

static void setup(void)
{
	block_count = 0;
	memset(&p, 0, sizeof p);
	memset(&arenas, 0, sizeof arenas);
	random_state = 88172645463325252ull;
}

static void teardown(void)
{
	pools_release(&p);
	intervals_release(&arenas);
}

/* xorshift64 */
static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

/* Blocks are put in order of addresses. */
static void put(uint64_t address, uint64_t size_bytes, uint32_t site)
{
	ck_assert_uint_lt(block_count, sizeof blocks / sizeof *blocks);
	blocks[block_count++] = (struct fragmentation_block){
		.address = address,
		.size_bytes = size_bytes,
		.site = site,
		.pool_units = size_bytes <= 512 ? (uint8_t)((size_bytes + 15) / 16) : 0,
	};
}

static void add_arena(uint64_t start, uint64_t bytes)
{
	intervals_add(&arenas, start, start + bytes, 0);
}

/* Checks what pools.h promises of any blocks. */
static void survey(void)
{
	uint64_t blocks_in = 0, live = 0, bytes = 0, sparse = 0, pools_in = 0, of_sizes = 0;
	uint64_t of_sites = 0, exclusive = 0;

	pools_release(&p);
	pools_survey(&p, &arenas, blocks, block_count, SITES);
	ck_assert_uint_eq(p.live_bytes + p.overhead_bytes + p.free_bytes + p.unused_bytes +
				  p.other_bytes,
			  p.bytes);
	ck_assert_uint_eq(p.arena_count, arenas.count);
	for (size_t i = 0; i < p.arena_count; i++) {
		bytes += p.arenas[i].end - p.arenas[i].start;
		blocks_in += p.arenas[i].blocks;
		live += p.arenas[i].live_bytes;
		pools_in += p.arenas[i].pools;
		if (i)
			ck_assert_uint_le(p.arenas[i - 1].end, p.arenas[i].start);
	}
	ck_assert_uint_eq(bytes, p.bytes);
	ck_assert_uint_eq(blocks_in, p.blocks);
	ck_assert_uint_ge(live, p.live_bytes);
	for (size_t i = 0; i < POOLS_SIZES; i++) {
		pools_in -= p.sizes[i].pools;
		of_sizes += p.sizes[i].blocks;
	}
	ck_assert_uint_eq(pools_in, 0);
	ck_assert_uint_eq(of_sizes, p.blocks);
	for (size_t i = 0; i < SITES; i++) {
		of_sites += p.sites[i].blocks;
		exclusive += p.sites[i].exclusive_arenas;
		ck_assert_uint_le(p.sites[i].exclusive_arenas, p.sites[i].arenas);
		sparse += p.sites[i].live_bytes;
	}
	ck_assert_uint_eq(of_sites, p.sparse_blocks);
	ck_assert_uint_eq(sparse, p.sparse_live_bytes);
	ck_assert_uint_le(exclusive, p.sparse_count);
	ck_assert_uint_le(p.sparse_single_count, exclusive);
}

START_TEST(nothing)
{
	survey();
	ck_assert_uint_eq(p.bytes, 0);
	put(BASE, 32, 0);
	put(BASE + 4096, 513, 0);
	survey();
	ck_assert_uint_eq(p.outside_blocks, 1);
	ck_assert_uint_eq(p.blocks, 0);
}
END_TEST

START_TEST(by_hand)
{
	/* 63 aligned pools of 16 KiB. */
	add_arena(BASE + 4096, LARGE);
	put(BASE + 16384 + 48, 30, 1);
	put(BASE + 16384 + 48 + 32, 20, 2);
	put(BASE + 5 * 16384 + 48, 500, 2);
	/* 64 of 4 KiB; one block alone. */
	add_arena(BASE + LARGE + SMALL, SMALL);
	put(BASE + LARGE + SMALL + 48, 100, 3);
	/* And nothing. */
	add_arena(BASE + 4 * LARGE, SMALL);
	put(BASE + 9 * LARGE, 16, 0);
	survey();
	ck_assert_uint_eq(p.bytes, LARGE + 2 * SMALL);
	ck_assert_uint_eq(p.live_bytes, 650);
	ck_assert_uint_eq(p.overhead_bytes, 2 + 12 + 12 + 12);
	/* (16384 - 48) / 32 = 510 and 16 left; / 512 = 31 and 464; (4096 - 48) / 112 = 36 and 16. */
	ck_assert_uint_eq(p.free_bytes, 508 * 32 + 30 * 512 + 35 * 112);
	ck_assert_uint_eq(p.unused_bytes, 61 * 16384 + 63 * 4096 + 64 * 4096);
	ck_assert_uint_eq(p.other_bytes, 3 * 48 + 16 + 464 + 16 + 16384);
	ck_assert_uint_eq(p.blocks, 4);
	ck_assert_uint_eq(p.outside_blocks, 1);
	ck_assert_uint_eq(p.sizes[2].pools, 1);
	ck_assert_uint_eq(p.sizes[2].blocks, 2);
	ck_assert_uint_eq(p.sizes[2].free_blocks, 508);
	ck_assert_uint_eq(p.arenas[0].pools, 2);
	ck_assert_uint_eq(p.arenas[0].site_count, 2);
	ck_assert_uint_eq(p.arenas[0].most_site, 2);
	ck_assert_uint_eq(p.arenas[1].most_site, 3);
	ck_assert_uint_eq(p.sparse_count, 3);
	ck_assert_uint_eq(p.sparse_single_count, 1);
	ck_assert_uint_eq(p.sites[2].arenas, 1);
	ck_assert_uint_eq(p.sites[2].exclusive_arenas, 0);
	ck_assert_uint_eq(p.sites[3].exclusive_arenas, 1);
}
END_TEST

/* pymalloc leaves a block where it is if a quarter of it or less is cut off. */
START_TEST(shrunk_blocks_stay_in_their_pool)
{
	add_arena(BASE, SMALL);
	put(BASE + 48, 100, 0); /* was 128 */
	put(BASE + 48 + 128, 128, 0);
	survey();
	ck_assert_uint_eq(p.sizes[8].pools, 1);
	ck_assert_uint_eq(p.sizes[8].blocks, 2);
	ck_assert_uint_eq(p.overhead_bytes, 28);
}
END_TEST

START_TEST(sparse_is_below_a_tenth)
{
	add_arena(BASE, SMALL);
	for (uint64_t i = 0; i < 51; i++)
		put(BASE + i * 4096 + 48, 512, 0);
	survey();
	ck_assert_uint_eq(p.sparse_count, 1);
	put(BASE + 60 * 4096 + 48, 112, 0);
	survey();
	ck_assert_uint_eq(p.sparse_count, 0);
	ck_assert_uint_eq(p.sites[0].arenas, 0);
}
END_TEST

/* An arena pool by pool, each of which serves one size. */
START_TEST(against_a_model)
{
	uint64_t live = 0, rounded = 0, unused = 0, free_bytes = 0, pool_count = 0;
	uint64_t start = BASE + (_i & 2 ? 4096 : 0), pool_bytes = _i & 1 ? 16384 : 4096;
	uint64_t arena_bytes = _i & 1 ? LARGE : SMALL;

	random_state += (uint64_t)_i;
	add_arena(start, arena_bytes);
	for (uint64_t at = (start + pool_bytes - 1) & ~(pool_bytes - 1);
	     at + pool_bytes <= start + arena_bytes; at += pool_bytes) {
		uint64_t unit = 16 * (1 + random_below(32)), room = (pool_bytes - 48) / unit,
			 taken = 0;
		uint64_t keep = random_below(4);

		for (uint64_t i = 0; i < room; i++) {
			uint64_t size = unit - random_below(16);

			if (random_below(4) >= keep)
				continue;
			put(at + 48 + i * unit, size, (uint32_t)random_below(SITES));
			live += size;
			taken++;
		}
		rounded += taken * unit;
		if (taken)
			free_bytes += (room - taken) * unit;
		else
			unused += pool_bytes;
		pool_count += taken != 0;
	}
	survey();
	ck_assert_uint_eq(p.live_bytes, live);
	ck_assert_uint_eq(p.overhead_bytes, rounded - live);
	ck_assert_uint_eq(p.free_bytes, free_bytes);
	ck_assert_uint_eq(p.unused_bytes, unused);
	ck_assert_uint_eq(p.arenas[0].pools, pool_count);
	ck_assert_uint_eq(p.blocks, block_count);
}
END_TEST

static int by_address(const void *a, const void *b)
{
	const struct fragmentation_block *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* No allocator would lay blocks out so. */
START_TEST(absurd)
{
	random_state += (uint64_t)_i;
	for (int i = 0; i < 40; i++)
		add_arena(BASE + random_below(4 * LARGE),
			  1 + random_below(i & 1 ? 9000 : 2 * LARGE));
	intervals_add(&arenas, UINT64_MAX - 8192, UINT64_MAX, 0);
	for (int i = 0; i < 3000; i++)
		put(BASE + random_below(5 * LARGE), random_below(600),
		    (uint32_t)random_below(SITES));
	put(UINT64_MAX - 1, 512, 0);
	put(UINT64_MAX, 512, 0);
	qsort(blocks, block_count, sizeof *blocks, by_address);
	survey();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pools");
	TCase *tests = tcase_create("arenas");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nothing);
	tcase_add_test(tests, by_hand);
	tcase_add_test(tests, shrunk_blocks_stay_in_their_pool);
	tcase_add_test(tests, sparse_is_below_a_tenth);
	tcase_add_loop_test(tests, against_a_model, 0, 20);
	tcase_add_loop_test(tests, absurd, 0, 20);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
