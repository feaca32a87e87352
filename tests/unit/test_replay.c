/* SPDX-License-Identifier: MIT */
/* What replay.c makes of every kind of event, fed to it one by one. */
#include <check.h>
#include <stdlib.h>

#include "analyzer/analysis/replay.h"
#include "suite.h"

#define STACKS 10
#define THREADS 4

static struct replay r;
static uint64_t stamp;

static void setup(void)
{
	stamp = 0;
	replay_init(&r, STACKS, THREADS, NULL, NULL);
}

static void teardown(void)
{
	replay_release(&r);
}

static void event(uint8_t kind, thread_id thread, uint64_t address, uint64_t size, stack_id stack,
		  uint16_t detail)
{
	replay_event(&r, &(struct trace_event){
				 .stamp = ++stamp,
				 .address = address,
				 .size = size,
				 .stack = stack,
				 .thread = thread,
				 .kind = kind,
				 .api = kind == EVENT_FREE ? API_FREE : API_MALLOC,
				 .detail = detail,
			 });
}

static void allocate(thread_id thread, uint64_t address, uint64_t size, stack_id stack)
{
	event(EVENT_ALLOC, thread, address, size, stack, 0);
}

static void release(thread_id thread, uint64_t address)
{
	event(EVENT_FREE, thread, address, 0, 0, 0);
}

static void realloc_begin(thread_id thread, uint64_t address)
{
	event(EVENT_REALLOC_BEGIN, thread, address, 0, 0, 0);
}

static void realloc_end(thread_id thread, uint64_t address, uint64_t size, stack_id stack)
{
	event(EVENT_REALLOC_END, thread, address, size, stack, 0);
}

static const struct tally_site *site_of(stack_id stack)
{
	for (size_t i = 0; i < r.tally.site_count; i++)
		if (r.tally.sites[i].stack == stack)
			return &r.tally.sites[i];
	ck_abort_msg("no site for stack %u", stack);
}

static uint64_t blocks_of(const struct ages *ages)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < ages->count; i++)
		sum += ages->list[i].blocks;
	return sum;
}

/* The equations that tally.h promises. */
static void finish(void)
{
	uint64_t allocations = 0, frees = 0, live_blocks = 0, live_bytes = 0, peak_bytes = 0;
	uint64_t temporary = 0, failures = 0;

	replay_finish(&r);
	for (size_t i = 0; i < r.tally.site_count; i++) {
		const struct tally_site *site = &r.tally.sites[i];

		ck_assert_uint_eq(site->allocations,
				  site->frees + site->live_blocks + site->overwritten);
		ck_assert_uint_eq(site->allocations, site->resized + blocks_of(&site->dead) +
							     blocks_of(&site->alive) +
							     site->overwritten);
		ck_assert_uint_le(site->live_bytes, site->own_peak_bytes);
		ck_assert_uint_le(site->peak_bytes, site->own_peak_bytes);
		allocations += site->allocations;
		frees += site->frees;
		live_blocks += site->live_blocks;
		live_bytes += site->live_bytes;
		peak_bytes += site->peak_bytes;
		temporary += site->temporary;
		failures += site->failures;
	}
	ck_assert_uint_eq(allocations, r.tally.allocations);
	ck_assert_uint_eq(frees, r.tally.frees);
	ck_assert_uint_eq(live_blocks, r.tally.live_blocks);
	ck_assert_uint_eq(live_bytes, r.tally.live_bytes);
	ck_assert_uint_eq(peak_bytes, r.tally.peak_bytes);
	ck_assert_uint_eq(temporary, r.tally.temporary);
	ck_assert_uint_eq(failures, r.tally.failures);
	ck_assert_uint_eq(r.live.count, r.tally.live_blocks);
}

START_TEST(test_counts_by_site)
{
	allocate(1, 0x1000, 100, 1);
	allocate(1, 0x2000, 10, 2);
	allocate(1, 0x3000, 30, 2);
	release(1, 0x1000);
	release(1, 0x2000);
	finish();
	ck_assert_uint_eq(r.tally.allocations, 3);
	ck_assert_uint_eq(r.tally.allocated_bytes, 140);
	ck_assert_uint_eq(r.tally.frees, 2);
	ck_assert_uint_eq(site_of(1)->live_blocks, 0);
	ck_assert_uint_eq(site_of(2)->live_blocks, 1);
	ck_assert_uint_eq(site_of(2)->live_bytes, 30);
	ck_assert_uint_eq(site_of(2)->min_bytes, 10);
	ck_assert_uint_eq(site_of(2)->max_bytes, 30);
	ck_assert_uint_eq(site_of(2)->own_peak_bytes, 40);
}
END_TEST

START_TEST(test_released_by_another_thread)
{
	allocate(1, 0x1000, 8, 1);
	release(2, 0x1000);
	finish();
	ck_assert_uint_eq(r.tally.live_blocks, 0);
	ck_assert_uint_eq(r.unknown_releases, 0);
	ck_assert_uint_eq(r.tally.temporary, 0);
}
END_TEST

START_TEST(test_null_and_unknown_releases)
{
	release(1, 0);
	ck_assert_uint_eq(r.unknown_releases, 0);
	release(1, 0x1000);
	finish();
	ck_assert_uint_eq(r.unknown_releases, 1);
	ck_assert_uint_eq(r.tally.frees, 0);
}
END_TEST

static void release_raw(thread_id thread, uint64_t address)
{
	replay_event(&r, &(struct trace_event){.stamp = ++stamp,
					       .address = address,
					       .thread = thread,
					       .kind = EVENT_FREE,
					       .api = API_PYMEM_RAWFREE});
}

/* Its tables go with the arenas of an interpreter; what else is released unknown is told. */
START_TEST(test_tables_of_arenas)
{
	event(EVENT_ARENA_END, 1, 0x100000, 0x100000, 0, 0);
	release_raw(1, 0x1000);
	release_raw(1, 0x2000);
	ck_assert_uint_eq(r.unknown_releases, 0);
	release_raw(2, 0x3000);
	ck_assert_uint_eq(r.unknown_releases, 1);
	release(1, 0x4000);
	release_raw(1, 0x5000);
	finish();
	ck_assert_uint_eq(r.unknown_releases, 3);
}
END_TEST

START_TEST(test_size_zero_is_a_block)
{
	allocate(1, 0x1000, 0, 1);
	finish();
	ck_assert_uint_eq(r.tally.live_blocks, 1);
	ck_assert_uint_eq(r.tally.live_bytes, 0);
}
END_TEST

START_TEST(test_overwritten_block_ends)
{
	allocate(1, 0x1000, 100, 1);
	allocate(1, 0x1000, 10, 2);
	finish();
	ck_assert_uint_eq(r.tally.overwritten, 1);
	ck_assert_uint_eq(r.tally.live_blocks, 1);
	ck_assert_uint_eq(r.tally.live_bytes, 10);
	ck_assert_uint_eq(site_of(1)->overwritten, 1);
	ck_assert_uint_eq(site_of(1)->live_blocks, 0);
}
END_TEST

START_TEST(test_realloc_counts_as_both)
{
	allocate(1, 0x1000, 100, 1);
	realloc_begin(1, 0x1000);
	/* Until it is known what becomes of it. */
	ck_assert_uint_eq(r.tally.live_blocks, 1);
	realloc_end(1, 0x2000, 300, 2);
	finish();
	ck_assert_uint_eq(r.tally.allocations, 2);
	ck_assert_uint_eq(r.tally.frees, 1);
	ck_assert_uint_eq(r.tally.allocated_bytes, 400);
	ck_assert_uint_eq(r.tally.live_bytes, 300);
	ck_assert_uint_eq(r.tally.peak_bytes, 300);
	ck_assert_uint_eq(site_of(1)->frees, 1);
	ck_assert_uint_eq(site_of(2)->live_blocks, 1);
}
END_TEST

START_TEST(test_realloc_in_place)
{
	allocate(1, 0x1000, 100, 1);
	realloc_begin(1, 0x1000);
	realloc_end(1, 0x1000, 200, 1);
	release(1, 0x1000);
	finish();
	ck_assert_uint_eq(r.tally.allocations, 2);
	ck_assert_uint_eq(r.tally.frees, 2);
	ck_assert_uint_eq(r.tally.overwritten, 0);
	ck_assert_uint_eq(r.tally.live_blocks, 0);
}
END_TEST

START_TEST(test_realloc_failure_keeps_the_block)
{
	allocate(1, 0x1000, 100, 1);
	realloc_begin(1, 0x1000);
	event(EVENT_REALLOC_END, 1, 0, 1 << 30, 2, 12);
	finish();
	ck_assert_uint_eq(r.tally.allocations, 1);
	ck_assert_uint_eq(r.tally.frees, 0);
	ck_assert_uint_eq(r.tally.live_bytes, 100);
	ck_assert_uint_eq(r.tally.failures, 1);
	ck_assert_uint_eq(site_of(2)->failures, 1);
	ck_assert_uint_eq(site_of(2)->min_bytes, 0);
}
END_TEST

START_TEST(test_realloc_to_zero_frees)
{
	allocate(1, 0x1000, 100, 1);
	realloc_begin(1, 0x1000);
	realloc_end(1, 0, 0, 2);
	finish();
	ck_assert_uint_eq(r.tally.allocations, 1);
	ck_assert_uint_eq(r.tally.frees, 1);
	ck_assert_uint_eq(r.tally.live_blocks, 0);
	ck_assert_uint_eq(r.tally.failures, 0);
}
END_TEST

START_TEST(test_realloc_without_end)
{
	allocate(1, 0x1000, 100, 1);
	realloc_begin(1, 0x1000);
	finish();
	ck_assert_uint_eq(r.tally.live_bytes, 100);
	ck_assert_uint_eq(r.tally.allocations, 1);
	ck_assert_uint_eq(r.tally.frees, 0);
}
END_TEST

START_TEST(test_realloc_without_begin)
{
	realloc_end(1, 0x1000, 10, 1);
	finish();
	ck_assert_uint_eq(r.tally.live_bytes, 10);
	ck_assert_uint_eq(r.unknown_releases, 0);
}
END_TEST

/* A signal handler reallocates while its thread is inside realloc. */
START_TEST(test_nested_reallocs)
{
	allocate(1, 0x1000, 100, 1);
	allocate(1, 0x2000, 10, 2);
	realloc_begin(1, 0x1000);
	realloc_begin(1, 0x2000);
	realloc_end(1, 0x3000, 20, 2);
	realloc_end(1, 0x4000, 200, 1);
	finish();
	ck_assert_uint_eq(r.tally.live_bytes, 220);
	ck_assert_uint_eq(site_of(1)->live_bytes, 200);
	ck_assert_uint_eq(site_of(2)->live_bytes, 20);
}
END_TEST

/* The old address goes to another thread before this one's realloc returns. */
START_TEST(test_realloc_races_with_reuse)
{
	allocate(1, 0x1000, 100, 1);
	realloc_begin(1, 0x1000);
	allocate(2, 0x1000, 50, 2);
	realloc_end(1, 0x2000, 200, 1);
	release(2, 0x1000);
	release(1, 0x2000);
	finish();
	ck_assert_uint_eq(r.tally.live_blocks, 0);
	ck_assert_uint_eq(r.tally.overwritten, 0);
	ck_assert_uint_eq(r.unknown_releases, 0);
}
END_TEST

START_TEST(test_endless_begins_are_bounded)
{
	for (uint64_t i = 1; i <= 1000; i++) {
		allocate(1, i * 16, 1, 1);
		realloc_begin(1, i * 16);
	}
	ck_assert_uint_ge(r.tally.live_blocks, 900);
	finish();
	ck_assert_uint_eq(r.tally.live_blocks, 1000);
}
END_TEST

START_TEST(test_failures)
{
	event(EVENT_FAIL, 1, 0, 1 << 20, 1, 12);
	event(EVENT_FAIL, 1, 0, 1 << 20, 1, 12 | EVENT_DETAIL_INJECTED);
	finish();
	ck_assert_uint_eq(r.tally.failures, 2);
	ck_assert_uint_eq(r.tally.injected_failures, 1);
	ck_assert_uint_eq(site_of(1)->failures, 2);
	ck_assert_uint_eq(r.tally.allocations, 0);
}
END_TEST

START_TEST(test_temporary_is_freed_at_once)
{
	for (int i = 0; i < 100; i++) {
		allocate(1, 0x1000, 16, 1);
		release(1, 0x1000);
	}
	finish();
	ck_assert_uint_eq(r.tally.temporary, 100);
}
END_TEST

/* heaptrack, which compares sizes, calls 99.9 % of these temporary. */
START_TEST(test_sliding_window_is_not_temporary)
{
	for (uint64_t i = 0; i < 1000; i++) {
		if (i >= 64)
			release(1, 0x1000 + i % 64 * 16);
		allocate(1, 0x1000 + i % 64 * 16, 16, 1);
	}
	finish();
	ck_assert_uint_eq(r.tally.temporary, 0);
}
END_TEST

START_TEST(test_realloc_growth_is_not_temporary)
{
	allocate(1, 0x1000, 16, 1);
	for (uint64_t i = 0; i < 10; i++) {
		realloc_begin(1, 0x1000 + i * 16);
		realloc_end(1, 0x1000 + (i + 1) * 16, 16, 1);
	}
	release(1, 0x1000 + 10 * 16);
	finish();
	ck_assert_uint_eq(r.tally.temporary, 0);
}
END_TEST

START_TEST(test_temporary_knows_threads)
{
	/* Thread 2 does as it likes between the two events of thread 1. */
	allocate(1, 0x1000, 16, 1);
	allocate(2, 0x2000, 16, 1);
	release(1, 0x1000);
	ck_assert_uint_eq(r.tally.temporary, 1);
	/* The same address, but another block than the one that thread 1 allocated last. */
	allocate(1, 0x3000, 16, 1);
	release(2, 0x3000);
	allocate(2, 0x3000, 16, 1);
	release(1, 0x3000);
	finish();
	ck_assert_uint_eq(r.tally.temporary, 1);
}
END_TEST

START_TEST(test_temporary_is_undone_by_any_heap_event)
{
	allocate(1, 0x2000, 16, 2);
	allocate(1, 0x1000, 16, 1);
	release(1, 0x2000);
	release(1, 0x1000);
	finish();
	ck_assert_uint_eq(r.tally.temporary, 0);
}
END_TEST

START_TEST(test_peak_shares)
{
	allocate(1, 0x1000, 100, 1);
	allocate(1, 0x2000, 50, 2); /* peak: 150 */
	ck_assert_uint_eq(r.tally.peak_stamp, 2);
	release(1, 0x1000);
	allocate(1, 0x3000, 80, 3); /* 130 */
	release(1, 0x2000);
	allocate(1, 0x4000, 60, 2); /* 140; site 2's own maximum is not at the peak */
	finish();
	ck_assert_uint_eq(r.tally.peak_bytes, 150);
	ck_assert_uint_eq(r.tally.peak_blocks, 2);
	ck_assert_uint_eq(site_of(1)->peak_bytes, 100);
	ck_assert_uint_eq(site_of(1)->peak_blocks, 1);
	ck_assert_uint_eq(site_of(2)->peak_bytes, 50);
	ck_assert_uint_eq(site_of(2)->own_peak_bytes, 60);
	ck_assert_uint_eq(site_of(3)->peak_bytes, 0);
}
END_TEST

START_TEST(test_peak_shares_follow_a_later_peak)
{
	allocate(1, 0x1000, 100, 1);
	release(1, 0x1000);
	allocate(1, 0x2000, 40, 2);
	allocate(1, 0x3000, 70, 3); /* peak: 110, and nothing changes after */
	finish();
	ck_assert_uint_eq(r.tally.peak_bytes, 110);
	ck_assert_uint_eq(site_of(1)->peak_bytes, 0);
	ck_assert_uint_eq(site_of(2)->peak_bytes, 40);
	ck_assert_uint_eq(site_of(3)->peak_bytes, 70);
}
END_TEST

START_TEST(test_lost_events_are_counted)
{
	event(EVENT_LOST, 1, 0, 17, 0, 0);
	finish();
	ck_assert_uint_eq(r.lost, 17);
}
END_TEST

START_TEST(test_hostile_ids)
{
	allocate(4000000000u, 0x1000, 1, 4000000000u);
	release(4000000000u, 0x1000);
	event(255, 4000000000u, 1, 1, 1, 1);
	finish();
	ck_assert_uint_eq(r.tally.frees, 1);
	ck_assert_uint_eq(site_of(0)->allocations, 1);
}
END_TEST

/* Growth, chains and reuse of the live map, against a plain array. */
START_TEST(test_live_map_at_random)
{
	enum { BLOCKS = 20000 };
	static uint64_t size_of[BLOCKS];
	uint64_t bytes = 0, blocks = 0;
	unsigned seed = 7;

	for (int round = 0; round < 200000; round++) {
		unsigned i = (unsigned)rand_r(&seed) % BLOCKS;
		uint64_t address = 0x7f0000000000ull + i * 16ull;

		if (size_of[i]) {
			release(1, address);
			bytes -= size_of[i];
			blocks--;
			size_of[i] = 0;
		} else {
			size_of[i] = (unsigned)rand_r(&seed) % 1000 + 1;
			allocate(1, address, size_of[i], i % STACKS + 1);
			bytes += size_of[i];
			blocks++;
		}
	}
	finish();
	ck_assert_uint_eq(r.tally.live_bytes, bytes);
	ck_assert_uint_eq(r.tally.live_blocks, blocks);
	ck_assert_uint_eq(r.unknown_releases, 0);
}
END_TEST

static void any_events(unsigned seed)
{
	for (int round = 0; round < 20000; round++)
		event((unsigned)rand_r(&seed) % (EVENT_KINDS + 1),
		      (unsigned)rand_r(&seed) % (THREADS + 2), (unsigned)rand_r(&seed) % 64 * 16ull,
		      (unsigned)rand_r(&seed) % 100, (unsigned)rand_r(&seed) % (STACKS + 3),
		      rand_r(&seed) % 3 ? 0 : (uint16_t)rand_r(&seed));
}

/* No sequence of events, however absurd, breaks the equations. */
START_TEST(test_any_events_at_random)
{
	any_events((unsigned)_i + 1);
	finish();
	ck_assert_uint_gt(r.tally.overwritten, 0);
	ck_assert_uint_gt(r.unknown_releases, 0);
}
END_TEST

/* A replay that only follows blocks finds the same ones, of the same sites, and counts nothing. */
START_TEST(test_live_only)
{
	struct replay counted;
	const struct live_block *block;
	size_t position = 0;

	any_events((unsigned)_i + 1);
	finish();
	counted = r;
	stamp = 0;
	replay_init(&r, STACKS, THREADS, NULL, &(struct replay_options){.live_only = true});
	any_events((unsigned)_i + 1);
	replay_finish(&r);
	ck_assert_uint_gt(r.live.count, 0);
	ck_assert_uint_eq(r.live.count, counted.live.count);
	while ((block = livemap_next(&r.live, &position))) {
		const struct live_block *same = livemap_find(&counted.live, block->address,
							     livemap_hash(block->address));

		ck_assert_ptr_nonnull(same);
		ck_assert_uint_eq(block->site, same->site);
		ck_assert_uint_eq(block->size_bytes, same->size_bytes);
		ck_assert_uint_eq(block->api, same->api);
		ck_assert_uint_eq(block->thread, same->thread);
	}
	ck_assert_uint_eq(r.tally.site_count, counted.tally.site_count);
	for (size_t i = 0; i < r.tally.site_count; i++) {
		ck_assert_uint_eq(r.tally.sites[i].stack, counted.tally.sites[i].stack);
		ck_assert_uint_eq(r.tally.sites[i].allocations, 0);
	}
	ck_assert_uint_eq(r.tally.allocations + r.tally.frees, 0);
	ck_assert_uint_eq(r.unknown_releases, counted.unknown_releases);
	replay_release(&counted);
}
END_TEST

static void count_born(void *context, const struct live_block *block)
{
	*(uint64_t *)context += block->size_bytes;
}

START_TEST(test_observer_hears_of_births)
{
	uint64_t total = 0;
	struct replay_observer observer = {.context = &total, .born = count_born};

	replay_release(&r);
	replay_init(&r, STACKS, THREADS, NULL, &(struct replay_options){.observer = &observer});
	allocate(1, 0x1000, 10, 1);
	realloc_begin(1, 0x1000);
	realloc_end(1, 0x1000, 32, 1);
	finish();
	ck_assert_uint_eq(total, 42);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *tests = tcase_create("events");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_counts_by_site);
	tcase_add_test(tests, test_released_by_another_thread);
	tcase_add_test(tests, test_null_and_unknown_releases);
	tcase_add_test(tests, test_tables_of_arenas);
	tcase_add_test(tests, test_size_zero_is_a_block);
	tcase_add_test(tests, test_overwritten_block_ends);
	tcase_add_test(tests, test_realloc_counts_as_both);
	tcase_add_test(tests, test_realloc_in_place);
	tcase_add_test(tests, test_realloc_failure_keeps_the_block);
	tcase_add_test(tests, test_realloc_to_zero_frees);
	tcase_add_test(tests, test_realloc_without_end);
	tcase_add_test(tests, test_realloc_without_begin);
	tcase_add_test(tests, test_nested_reallocs);
	tcase_add_test(tests, test_realloc_races_with_reuse);
	tcase_add_test(tests, test_endless_begins_are_bounded);
	tcase_add_test(tests, test_failures);
	tcase_add_test(tests, test_temporary_is_freed_at_once);
	tcase_add_test(tests, test_sliding_window_is_not_temporary);
	tcase_add_test(tests, test_realloc_growth_is_not_temporary);
	tcase_add_test(tests, test_temporary_knows_threads);
	tcase_add_test(tests, test_temporary_is_undone_by_any_heap_event);
	tcase_add_test(tests, test_peak_shares);
	tcase_add_test(tests, test_peak_shares_follow_a_later_peak);
	tcase_add_test(tests, test_lost_events_are_counted);
	tcase_add_test(tests, test_hostile_ids);
	tcase_add_test(tests, test_live_map_at_random);
	tcase_add_loop_test(tests, test_any_events_at_random, 0, 20);
	tcase_add_loop_test(tests, test_live_only, 0, 5);
	tcase_add_test(tests, test_observer_hears_of_births);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
