/* SPDX-License-Identifier: MIT */
/* Slices, series, census and sites, each against a naive account of the same random events. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "replay_fixture.h"
#include "suite.h"

#define SITES 5u
#define BLOCKS 2000u
#define STEPS 60000u

static uint64_t random_state;

/* What is known of every block there ever was. */
static struct account {
	uint64_t birth, death; /* by the allocation clock; death UINT64_MAX: live */
	uint64_t number, last_number; /* allocations before its birth, and before its death */
	uint64_t size;
	uint32_t site;
} accounts[STEPS];
static uint32_t born;
static uint64_t allocated;

static uint64_t next_random(uint64_t below)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % below;
}

/* Every step replaces a random block of BLOCKS by another one; addresses tell the places. */
static void run_at_random(uint64_t seed, uint64_t size_max)
{
	static uint32_t places[BLOCKS];

	memset(places, 0, sizeof places);
	random_state = seed;
	stamp = allocated = born = 0;
	replay_init(&r, SITES, 1, NULL, &(struct replay_options){.pages = true});
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t place = (uint32_t)next_random(BLOCKS);
		struct account *account = &accounts[born];

		if (places[place]) {
			accounts[places[place] - 1].death = allocated;
			accounts[places[place] - 1].last_number = born;
			put(EVENT_FREE, 0x10000 + 4096ull * place, 0, 0);
		}
		account->size = 1 + next_random(size_max);
		account->site = 1 + (uint32_t)next_random(SITES);
		account->number = born;
		account->death = account->last_number = UINT64_MAX;
		put(EVENT_ALLOC, 0x10000 + 4096ull * place, account->size, account->site);
		allocated += account->size;
		account->birth = allocated;
		places[place] = ++born;
	}
	replay_finish(&r);
}

static const struct tally_site *site_of(stack_id stack)
{
	for (size_t i = 0; i < r.tally.site_count; i++)
		if (r.tally.sites[i].stack == stack)
			return &r.tally.sites[i];
	return NULL;
}

static void teardown(void)
{
	replay_release(&r);
}

START_TEST(test_slices)
{
	const struct slices *slices = &r.tally.slices;

	run_at_random(1, 100);
	ck_assert_uint_ge(slices->current, SLICES / 2);
	ck_assert_uint_lt(slices->current, SLICES);
	ck_assert_uint_eq(slices->current, (born - 1) >> slices->shift);
	for (uint32_t i = 0; i < slices->current; i++) {
		uint64_t last = ((uint64_t)(i + 1) << slices->shift) - 1;

		ck_assert_uint_eq(slices->marks[i].clock, accounts[last].birth);
		ck_assert_uint_eq(slices_at(slices, accounts[last].birth), i);
		ck_assert_uint_eq(slices_at(slices, accounts[last + 1].birth), i + 1);
	}
}
END_TEST

START_TEST(test_series)
{
	const struct slices *slices = &r.tally.slices;
	struct series_point states[SLICES];

	run_at_random(2, 100);
	for (stack_id stack = 1; stack <= SITES; stack++) {
		uint32_t count = series_expand(&site_of(stack)->series, slices, 0, states);

		ck_assert_uint_eq(count, slices->current);
		for (uint32_t i = 0; i < count; i++) {
			uint64_t end = (uint64_t)(i + 1) << slices->shift;
			uint64_t live_bytes = 0, live_blocks = 0, births = 0;

			for (uint32_t k = 0; k < born; k++) {
				const struct account *a = &accounts[k];

				births += a->site == stack && a->number < end;
				/* A step releases before it allocates: with its birth goes its release. */
				if (a->site != stack || a->number >= end || a->last_number <= end)
					continue;
				live_bytes += a->size;
				live_blocks++;
			}
			ck_assert_uint_eq(states[i].slice, i);
			ck_assert_uint_eq(states[i].bytes, live_bytes);
			ck_assert_uint_eq(states[i].blocks, live_blocks);
			ck_assert_uint_eq(states[i].births, births);
		}
	}
}
END_TEST

START_TEST(test_kept_and_ages)
{
	run_at_random(3, 1000);
	for (stack_id stack = 1; stack <= SITES; stack++) {
		const struct tally_site *site = site_of(stack);
		uint32_t kept[SLICES + 1] = {0};
		struct ages dead = {0}, alive = {0};

		for (uint32_t k = 0; k < born; k++) {
			const struct account *a = &accounts[k];

			if (a->site != stack)
				continue;
			if (a->death == UINT64_MAX) {
				kept[a->number >> r.tally.slices.shift]++;
				ages_add(&alive, allocated - a->birth, 1, a->size, 0);
			} else {
				ages_add(&dead, a->death - a->birth, 1, a->size, 0);
			}
		}
		ck_assert_mem_eq(site->kept->by_slice, kept, sizeof kept);
		for (int half = 0; half < 2; half++) {
			const struct ages *is = half ? &site->alive : &site->dead;
			const struct ages *should = half ? &alive : &dead;

			ck_assert_uint_eq(is->count, should->count);
			for (uint32_t i = 0; i < is->count; i++)
				for (uint32_t k = 0; k < should->count; k++)
					if (is->list[i].bucket == should->list[k].bucket) {
						ck_assert_uint_eq(is->list[i].blocks,
								  should->list[k].blocks);
						ck_assert_uint_eq(is->list[i].bytes,
								  should->list[k].bytes);
					}
		}
		ages_release(&dead);
		ages_release(&alive);
	}
}
END_TEST

/* Bytes live when the clock passes a moment, younger than an age. */
static uint64_t count_younger(uint64_t moment, uint64_t age)
{
	uint64_t bytes = 0;

	for (uint32_t k = 0; k < born; k++)
		if (accounts[k].birth < moment && accounts[k].death != accounts[k].birth &&
		    (accounts[k].death == UINT64_MAX || accounts[k].death >= moment) &&
		    moment - accounts[k].birth < age)
			bytes += accounts[k].size;
	return bytes;
}

/* Against the accounts: at most a step's size is in doubt, where a release and a birth are one. */
START_TEST(test_census)
{
	const struct census *census = &r.tally.census;
	uint64_t doubt = 2 * 100;

	run_at_random(4, 100);
	ck_assert_uint_ge(census->current, CENSUS_ROWS / 2);
	for (uint32_t i = 0; i < census->current; i += 7) {
		uint64_t clock = census_clock(census, i);
		const struct census_row *row = census->rows[i];
		uint64_t slice = 1ull << census->shift;

		for (uint32_t b = 0; ages_floor(b) < 1ull << row->shift; b += 5) {
			uint64_t is = census_younger(census, i, ages_floor(b));
			uint64_t should = count_younger(clock, ages_floor(b));

			ck_assert_uint_le(is, should + doubt);
			ck_assert_uint_le(should, is + doubt);
		}
		for (uint64_t age = slice; age < clock; age += 9 * slice) {
			uint64_t is = census_younger(census, i, age);
			uint64_t should = count_younger(clock, age);

			ck_assert_uint_le(is, should + doubt);
			ck_assert_uint_le(should, is + doubt);
		}
		ck_assert_uint_eq(census_younger(census, i, UINT64_MAX), row->moment.live_bytes);
	}
}
END_TEST

START_TEST(test_turnover)
{
	double area = 0;
	uint64_t live = 0;

	run_at_random(5, 50);
	for (uint32_t k = 0; k < born; k++) {
		live = 0;
		if (k % 100)
			continue;
		for (uint32_t i = 0; i < k; i++)
			if (accounts[i].last_number > k)
				live += accounts[i].size;
		area += (double)live * 100;
	}
	/* Sampled at every 100th of the births. */
	ck_assert_double_eq_tol(r.tally.live_area / (double)allocated / (area / born), 1, 0.02);
}
END_TEST

START_TEST(test_resized_block_goes_on)
{
	const struct tally_site *site;

	stamp = 0;
	replay_init(&r, SITES, 1, NULL, NULL);
	put(EVENT_ALLOC, 0x1000, 10, 1);
	for (uint64_t i = 1; i <= 20; i++) {
		put(EVENT_REALLOC_BEGIN, 0x1000 * i, 0, 1);
		put(EVENT_REALLOC_END, 0x1000 * (i + 1), 10 * i, 1);
	}
	put(EVENT_ALLOC, 0x900000, 5, 2);
	replay_finish(&r);
	site = site_of(1);
	ck_assert_uint_eq(site->allocations, 21);
	ck_assert_uint_eq(site->frees, 20);
	ck_assert_uint_eq(site->resized, 20);
	ck_assert_uint_eq(site->longest_chain, LIVE_CHAIN_MAX);
	ck_assert_uint_eq(site->dead.count, 0);
	ck_assert_uint_eq(site->alive.count, 1);
	ck_assert_uint_eq(site->alive.list[0].bucket, ages_bucket(r.tally.clock - 10));
	ck_assert_uint_eq(site->first_release, UINT64_MAX);
}
END_TEST

START_TEST(test_reallocated_elsewhere_dies)
{
	stamp = 0;
	replay_init(&r, SITES, 1, NULL, NULL);
	put(EVENT_ALLOC, 0x1000, 10, 1);
	put(EVENT_REALLOC_BEGIN, 0x1000, 0, 2);
	put(EVENT_REALLOC_END, 0x2000, 30, 2);
	replay_finish(&r);
	ck_assert_uint_eq(site_of(1)->resized, 0);
	ck_assert_uint_eq(site_of(1)->dead.count, 1);
	ck_assert_uint_eq(site_of(2)->live_bytes, 30);
}
END_TEST

START_TEST(test_threads)
{
	stamp = 0;
	replay_init(&r, SITES, 3, NULL, NULL);
	put(EVENT_ALLOC, 0x1000, 10, 1);
	put(EVENT_ALLOC, 0x2000, 20, 1);
	replay_event(&r, &(struct trace_event){.stamp = ++stamp,
					       .address = 0x1000,
					       .thread = 2,
					       .kind = EVENT_FREE,
					       .api = API_FREE});
	replay_finish(&r);
	ck_assert_uint_eq(r.tally.threads[1].allocations, 2);
	ck_assert_uint_eq(r.tally.threads[1].live_bytes, 20);
	ck_assert_uint_eq(r.tally.threads[1].frees, 0);
	ck_assert_uint_eq(r.tally.threads[2].frees, 1);
	ck_assert_uint_eq(r.tally.threads[2].remote_frees, 1);
	ck_assert_uint_eq(r.tally.remote_frees, 1);
	ck_assert_uint_eq(site_of(1)->remote_frees, 1);
}
END_TEST

START_TEST(test_window)
{
	stamp = 0;
	replay_init(&r, SITES, 1, NULL, &(struct replay_options){.since_stamp = 4});
	put(EVENT_ALLOC, 0x1000, 10, 1);
	put(EVENT_ALLOC, 0x2000, 20, 1);
	put(EVENT_ALLOC, 0x5000, 30, 3); /* outlives the window, too */
	put(EVENT_ALLOC, 0x3000, 40, 2);
	put(EVENT_FREE, 0x1000, 0, 0);
	put(EVENT_REALLOC_BEGIN, 0x2000, 0, 1);
	put(EVENT_REALLOC_END, 0x4000, 80, 1);
	replay_finish(&r);
	/* Of what was born before only the reallocation shows, which is a birth in the window. */
	ck_assert_uint_eq(r.tally.allocations, 2);
	ck_assert_uint_eq(r.tally.frees, 0);
	ck_assert_uint_eq(r.tally.live_bytes, 120);
	ck_assert_uint_eq(r.unknown_releases, 0);
}
END_TEST

/* Sizes of a hostile trace: clocks stop instead of running backwards. */
START_TEST(test_absurd_sizes)
{
	stamp = 0;
	replay_init(&r, SITES, 1, NULL, &(struct replay_options){.pages = true});
	for (uint64_t i = 1; i <= 5000; i++) {
		put(EVENT_ALLOC, 0x1000 * i, i % 3 ? UINT64_MAX / i : i, 1 + (uint32_t)i % SITES);
		if (i % 2)
			put(EVENT_FREE, 0x1000 * (i / 2 + 1), 0, 0);
	}
	replay_finish(&r);
	ck_assert_uint_le(r.tally.clock, 1ull << 62);
	for (uint32_t i = 0; i < r.tally.census.current; i++)
		census_younger(&r.tally.census, i, 1000);
}
END_TEST

START_TEST(test_merged_sites)
{
	struct tally_site sum = {0};
	struct series_point states[SLICES];
	uint64_t bytes[SLICES] = {0}, births[SLICES] = {0};
	uint32_t count = 0;

	run_at_random(6, 100);
	for (size_t i = 0; i < r.tally.site_count; i++) {
		tally_merge_site(&sum, &r.tally.sites[i]);
		count = series_expand(&r.tally.sites[i].series, &r.tally.slices, 0, states);
		for (uint32_t k = 0; k < count; k++) {
			bytes[k] += states[k].bytes;
			births[k] += states[k].births;
		}
	}
	ck_assert_uint_eq(sum.allocations, r.tally.allocations);
	ck_assert_uint_eq(sum.live_bytes, r.tally.live_bytes);
	ck_assert_uint_eq(sum.frees, r.tally.frees);
	series_expand(&sum.series, &r.tally.slices, 0, states);
	for (uint32_t k = 0; k < count; k++) {
		ck_assert_uint_eq(states[k].bytes, bytes[k]);
		ck_assert_uint_eq(states[k].births, births[k]);
	}
	tally_release_site(&sum);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tally");
	TCase *tests = tcase_create("tally");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, test_slices);
	tcase_add_test(tests, test_series);
	tcase_add_test(tests, test_kept_and_ages);
	tcase_add_test(tests, test_census);
	tcase_add_test(tests, test_turnover);
	tcase_add_test(tests, test_resized_block_goes_on);
	tcase_add_test(tests, test_reallocated_elsewhere_dies);
	tcase_add_test(tests, test_threads);
	tcase_add_test(tests, test_window);
	tcase_add_test(tests, test_absurd_sizes);
	tcase_add_test(tests, test_merged_sites);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
