/* SPDX-License-Identifier: MIT */
/* What replay.c and intervals.c make of mmap, munmap and mremap. */
#include <check.h>
#include <stdlib.h>

#include "analyzer/analysis/replay.h"
#include "suite.h"

#define PAGE 4096ull

static struct replay r;

static void setup(void)
{
	replay_init(&r, 10, 4, NULL, NULL);
}

static void teardown(void)
{
	replay_release(&r);
}

static void event(uint8_t kind, thread_id thread, uint64_t address, uint64_t size, stack_id stack,
		  uint16_t detail)
{
	replay_event(&r, &(struct trace_event){
				 .stamp = r.last_stamp + 1,
				 .address = address,
				 .size = size,
				 .stack = stack,
				 .thread = thread,
				 .kind = kind,
				 .api = API_MMAP,
				 .detail = detail,
			 });
}

START_TEST(test_mappings)
{
	event(EVENT_MAP, 1, 16 * PAGE, 8 * PAGE, 1, 0);
	ck_assert_uint_eq(r.space.mappings.bytes, 8 * PAGE);
	/* A hole in the middle; lengths round up to pages as the kernel's do. */
	event(EVENT_UNMAP, 1, 18 * PAGE, PAGE + 1, 0, 0);
	ck_assert_uint_eq(r.space.mappings.bytes, 6 * PAGE);
	ck_assert_uint_eq(r.space.mappings.count, 2);
	/* MAP_FIXED over the end of one, the hole and the beginning of the other. */
	event(EVENT_MAP, 1, 17 * PAGE, 4 * PAGE, 2, 0);
	ck_assert_uint_eq(r.space.mappings.bytes, 8 * PAGE);
	ck_assert_uint_eq(r.space.mappings.count, 3);
	event(EVENT_UNMAP, 1, 0, 100 * PAGE, 0, 0);
	ck_assert_uint_eq(r.space.mappings.bytes, 0);
	ck_assert_uint_eq(r.space.mappings.count, 0);
	replay_finish(&r);
	ck_assert_uint_eq(r.tally.live_blocks, 0);
}
END_TEST

START_TEST(test_remaps)
{
	event(EVENT_MAP, 1, 16 * PAGE, 8 * PAGE, 1, 0);
	event(EVENT_REMAP_BEGIN, 1, 16 * PAGE, 8 * PAGE, 1, 0);
	ck_assert_uint_eq(r.space.mappings.bytes, 0);
	event(EVENT_REMAP_END, 1, 0, 16 * PAGE, 1, 12);
	ck_assert_uint_eq(r.space.mappings.bytes, 8 * PAGE);
	event(EVENT_REMAP_BEGIN, 1, 16 * PAGE, 8 * PAGE, 1, 0);
	/* Another thread gets the old place before the call returns. */
	event(EVENT_MAP, 2, 16 * PAGE, PAGE, 1, 0);
	event(EVENT_REMAP_END, 1, 64 * PAGE, 16 * PAGE, 1, 0);
	ck_assert_uint_eq(r.space.mappings.bytes, 17 * PAGE);
	event(EVENT_REMAP_BEGIN, 1, 64 * PAGE, 16 * PAGE, 1, 0);
	replay_finish(&r);
	ck_assert_uint_eq(r.space.mappings.bytes, 17 * PAGE);
}
END_TEST

/* Against a table of pages, with every operation there is. */
START_TEST(test_mappings_at_random)
{
	static bool mapped[256];
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		uint64_t start = (unsigned)rand_r(&seed) % 200 + 1;
		uint64_t pages = (unsigned)rand_r(&seed) % 50 + 1;
		bool map = rand_r(&seed) & 1;
		uint64_t total = 0;

		event(map ? EVENT_MAP : EVENT_UNMAP, 1, start * PAGE, pages * PAGE, 1, 0);
		for (uint64_t i = start; i < start + pages; i++)
			mapped[i] = map;
		for (size_t i = 0; i < 256; i++)
			total += mapped[i];
		ck_assert_uint_eq(r.space.mappings.bytes, total * PAGE);
	}
}
END_TEST

/* What an allocator has for its blocks is none of the program's mappings. */
START_TEST(test_arenas)
{
	event(EVENT_ARENA, 1, 256 * PAGE, 256 * PAGE, 0, 0);
	event(EVENT_ARENA, 1, 512 * PAGE, 256 * PAGE, 0, 0);
	event(EVENT_ARENA_END, 1, 256 * PAGE, 256 * PAGE, 0, 0);
	event(EVENT_ARENA, 2, 1024 * PAGE, 64 * PAGE, 0, 0);
	ck_assert_uint_eq(r.space.mappings.count, 0);
	ck_assert_uint_eq(r.space.arenas.count, 2);
	ck_assert_uint_eq(r.space.arenas.bytes, 320 * PAGE);
	ck_assert_uint_eq(r.space.arenas_ever, 3);
	ck_assert_uint_eq(r.space.arenas_most, 2);
	event(EVENT_UNMAP, 1, 512 * PAGE, 256 * PAGE, 0, 0);
	ck_assert_uint_eq(r.space.arenas.count, 2);
}
END_TEST

START_TEST(test_hostile_ranges)
{
	event(EVENT_ARENA, 1, UINT64_MAX - 10, UINT64_MAX, 0, 0);
	event(EVENT_ARENA, 1, 0, UINT64_MAX, 0, 0);
	event(EVENT_ARENA_END, 1, 5, UINT64_MAX, 0, 0);
	event(EVENT_MAP, 1, UINT64_MAX - 10, UINT64_MAX, 1, 0);
	event(EVENT_MAP, 1, 0, UINT64_MAX, 1, 0);
	event(EVENT_UNMAP, 1, 5, UINT64_MAX, 0, 0);
	event(EVENT_REMAP_END, 1, 1, 1, 0, 0);
	event(EVENT_MAP, 1, 4096, 0, 1, 0);
	replay_finish(&r);
	ck_assert_uint_gt(r.space.mappings.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mappings");
	TCase *tests = tcase_create("events");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_mappings);
	tcase_add_test(tests, test_remaps);
	tcase_add_test(tests, test_mappings_at_random);
	tcase_add_test(tests, test_arenas);
	tcase_add_test(tests, test_hostile_ranges);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
