/* SPDX-License-Identifier: MIT */
/*
 * Sampling: blocks of every size are taken as often as their weight says, one after the other and
 * between others; a block in the set is found by whoever releases it, once; threads that come and
 * go with blocks do not lose any.
 */
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "analyzer/analysis/sampling.h"
#include "preload/recorder.h"
#include "preload/sample.h"
#include "suite.h"

#define INTERVAL 65536u
#define SIGMAS 5 /* one run in two million is further off by chance */
#define THREADS 4
#define BLOCKS 20000u

static _Atomic uint32_t state = RECORDER_ON;
_Atomic uint32_t *recorder_state = &state;
uint32_t recorder_serial = 1;

bool recorder_start(void)
{
	return true;
}

static const size_t sizes[] = {0,    1,	    2,	   16,	  24,	 100,	1000,
			       4096, 20000, 32768, 50000, 65535, 65536, 1000000};
#define SIZE_COUNT ((int)(sizeof sizes / sizeof *sizes))

static void assert_share(uint64_t taken, uint64_t all, size_t size)
{
	double p = 1 / (double)sample_weight(INTERVAL, size);
	double expected = (double)all * p, sigma = sqrt(expected * (1 - p));

	ck_assert_msg(fabs((double)taken - expected) <= SIGMAS * sigma + 1e-9,
		      "%llu of %llu blocks of %zu bytes, expected %.1f +- %.1f",
		      (unsigned long long)taken, (unsigned long long)all, size, expected, sigma);
}

START_TEST(one_size)
{
	uint64_t taken = 0, all = sizes[_i] < 100 ? 30000000 : 1000000;

	for (uint64_t i = 0; i < all; i++)
		taken += sample_takes(sizes[_i]);
	assert_share(taken, all, sizes[_i]);
}
END_TEST

/* As the short way and the long one share the countdown. */
START_TEST(sizes_mixed)
{
	uint64_t taken[SIZE_COUNT] = {0}, all = 3000000;

	for (uint64_t i = 0; i < all; i++)
		for (int k = 0; k < SIZE_COUNT; k++)
			taken[k] += !sample_skips(sizes[k]) && sample_takes(sizes[k]);
	for (int k = 0; k < SIZE_COUNT; k++)
		assert_share(taken[k], all, sizes[k]);
}
END_TEST

START_TEST(weights_agree)
{
	for (uint64_t interval = 2; interval < 1ull << 40; interval = interval * 3 + 1) {
		for (uint64_t size = 0; size < 3 * interval; size = size + size / 7 + 1) {
			uint64_t weight = sample_weight(interval, size);
			double x = (double)(size ? size : 1) / (double)interval;

			ck_assert_uint_eq(weight, sampling_weight(interval, size));
			if (size >= interval)
				ck_assert_uint_eq(weight, 1);
			else
				ck_assert_double_ge((double)weight * -expm1(-x), 1 - 1e-12);
		}
	}
	ck_assert_uint_eq(sampling_weight(0, 0), 1);
}
END_TEST

START_TEST(found_once)
{
	static char memory[64 * BLOCKS];

	for (uint32_t i = 0; i < BLOCKS; i++)
		ck_assert(sample_follow(memory + 64 * i));
	for (uint32_t i = 0; i < BLOCKS; i++) {
		ck_assert(!sample_release(memory + 64 * i + 16));
		ck_assert(sample_release(memory + 64 * i));
		ck_assert(!sample_release(memory + 64 * i));
	}
	for (uint32_t i = 0; i < BLOCKS; i++)
		ck_assert(sample_misses(memory + 64 * i));
}
END_TEST

START_TEST(newest)
{
	static char a[16], b[16];

	while (!sample_takes(16))
		;
	ck_assert(sample_follow(a));
	ck_assert(sample_is_newest(a));
	ck_assert(!sample_is_newest(b));
	sample_takes(1);
	ck_assert(!sample_is_newest(a));
}
END_TEST

START_TEST(forgotten_by_children)
{
	static char block[16];

	ck_assert(sample_follow(block));
	sample_reset();
	ck_assert(!sample_release(block));
	ck_assert(sample_follow(block));
	ck_assert(sample_release(block));
}
END_TEST

static _Atomic(void *) handed_over[1024];

/* Every block is released by whoever takes it over, exactly once. */
static void *exchange_blocks(void *argument)
{
	uint64_t random = (uintptr_t)argument * 0x9e3779b97f4a7c15ull + 1;
	char *memory = malloc((size_t)BLOCKS * 16);

	for (uint32_t i = 0; i < BLOCKS; i++) {
		void *other;

		ck_assert(sample_follow(memory + (size_t)16 * i));
		random = random * 6364136223846793005u + 1442695040888963407u;
		other = atomic_exchange(&handed_over[random >> 54], memory + (size_t)16 * i);
		if (other) {
			ck_assert(sample_release(other));
			ck_assert(!sample_release(other));
		}
	}
	return memory;
}

START_TEST(handed_over_between_threads)
{
	pthread_t threads[THREADS];
	void *memory[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, exchange_blocks, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], &memory[i]);
	for (int i = 0; i < 1024; i++)
		if (handed_over[i])
			ck_assert(sample_release(handed_over[i]));
	for (uint32_t i = 0; i < SAMPLE_FILTER; i++)
		ck_assert_uint_eq(load_relaxed(&sample_filter[i]), 0);
	for (int i = 0; i < THREADS; i++)
		free(memory[i]);
}
END_TEST

static void setup(void)
{
	ck_assert(sample_start(INTERVAL));
}

int main(void)
{
	Suite *suite = suite_create("preload/sample");
	TCase *tests = tcase_create("sample");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_loop_test(tests, one_size, 0, SIZE_COUNT);
	tcase_add_test(tests, sizes_mixed);
	tcase_add_test(tests, weights_agree);
	tcase_add_test(tests, found_once);
	tcase_add_test(tests, newest);
	tcase_add_test(tests, forgotten_by_children);
	tcase_add_test(tests, handed_over_between_threads);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
