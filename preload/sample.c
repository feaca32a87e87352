/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <sys/mman.h>

#include "stamp.h"
#include "syscalls.h"

/* The set: buckets of a cache line each. A block may be in any of a few, of which a search looks at
 * all: so one that is taken out leaves nothing behind that others must pass. */
#define BUCKETS (1u << 17) /* 8 MiB of address space, touched as used */
#define BUCKET_SLOTS 8u
#define BUCKETS_TRIED 4u
#define FILTER_FULL 255u

uint64_t sample_interval;
_Atomic uint8_t sample_filter[SAMPLE_FILTER] __attribute__((aligned(SAMPLE_LINE)));
static _Atomic uint64_t (*buckets)[BUCKET_SLOTS];

bool sample_start(uint64_t interval_bytes)
{
	buckets = sys_map_private(BUCKETS * sizeof *buckets);
	if (!buckets)
		return false;
	sample_interval = interval_bytes < SAMPLE_INTERVAL_MAX ? interval_bytes
							       : SAMPLE_INTERVAL_MAX;
	return true;
}

void sample_reset(void)
{
	if (!sample_interval)
		return;
	for (uint32_t i = 0; i < SAMPLE_FILTER; i++)
		store_relaxed(&sample_filter[i], 0);
	/* What the parent's pages hold is dropped; they read as zeros. */
	sys_call(SYS_madvise, (long)buckets, BUCKETS * sizeof *buckets, MADV_DONTNEED, 0, 0, 0);
}

uint64_t sample_weight(uint64_t interval_bytes, uint64_t size_bytes)
{
	double ratio, inverse;
	uint64_t whole;

	if (size_bytes >= interval_bytes)
		return 1;
	ratio = (double)interval_bytes / (double)(size_bytes ? size_bytes : 1);
	inverse = ratio + 0.5 + 1 / (12 * ratio);
	whole = (uint64_t)inverse;
	return (double)whole < inverse ? whole + 1 : whole;
}

/* 1 - exp(-x) for x in [0, 1), by its series. */
static double one_less_exp(double x)
{
	double term = x, sum = x;

	for (int i = 2; i < 20; i++) {
		term *= -x / i;
		sum += term;
	}
	return sum;
}

/* Of a number in [2^-53, 1]: ln m - e ln 2, ln m = 2 atanh((m - 1)/(m + 1)) with m in [1, 2). */
static double minus_ln(double u)
{
	double z, square, power, sum = 0;
	int halvings = 0;

	while (u < 1) {
		u *= 2;
		halvings++;
	}
	z = (u - 1) / (u + 1);
	square = z * z;
	power = z;
	for (int i = 1; i < 40; i += 2) {
		sum += power / i;
		power *= square;
	}
	return halvings * 0.69314718055994530942 - 2 * sum;
}

/* In (0, 1]. xorshift64* (Vigna, 2016). */
static double next_random(void)
{
	uint64_t x = thread_local_state.sample_random;

	if (!x)
		x = (stamp_clock_ns() ^ (uintptr_t)&thread_local_state * 0x9e3779b97f4a7c15ull) | 1;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	thread_local_state.sample_random = x;
	return ((double)(x * 0x2545f4914f6cdd1dull >> 11) + 1) / 9007199254740992.0;
}

/* Large blocks must not slip under the countdown: it ends after an interval at the latest, and goes on
 * with what is beyond. */
static void count_down(struct thread_local_state *local, int64_t bytes)
{
	int64_t most = (int64_t)sample_interval;

	local->sample_distance = bytes < most ? bytes : most;
	local->sample_beyond = bytes - local->sample_distance;
}

/* At least 1 byte up to the next sample. */
static void draw(struct thread_local_state *local)
{
	count_down(local, (int64_t)(minus_ln(next_random()) * (double)sample_interval) + 1);
}

bool sample_decide(size_t size)
{
	struct thread_local_state *local = &thread_local_state;
	int64_t least = (int64_t)(size ? size : 1);
	double part;

	if (!local->sample_random) { /* the thread's first block: nothing was drawn yet */
		draw(local);
		return sample_takes(size);
	}
	if (size >= sample_interval) {
		draw(local);
		return true;
	}
	if (local->sample_distance + local->sample_beyond > least) {
		count_down(local, local->sample_distance + local->sample_beyond - least);
		return false;
	}
	draw(local);
	part = one_less_exp((double)least / (double)sample_interval) *
	       (double)sample_weight(sample_interval, size);
	return next_random() * part <= 1;
}

static _Atomic uint64_t *bucket_of(uint32_t hash, uint32_t number)
{
	return buckets[(hash + number * 0x9e3779b9u * (hash | 1)) >> 7 & (BUCKETS - 1)];
}

static void add_to_filter(_Atomic uint8_t *count, int8_t change)
{
	uint8_t before = load_relaxed(count);

	while (before != FILTER_FULL && !cas_release(count, &before, (uint8_t)(before + change)))
		;
}

static bool exchange(const void *block, uint64_t from, uint64_t to)
{
	uint32_t hash = sample_hash(block);

	for (uint32_t number = 0; number < BUCKETS_TRIED; number++) {
		_Atomic uint64_t *bucket = bucket_of(hash, number);

		for (uint32_t i = 0; i < BUCKET_SLOTS; i++) {
			uint64_t found = load_relaxed(&bucket[i]);

			if (found == from && cas_acquire(&bucket[i], &found, to))
				return true;
		}
	}
	return false;
}

bool sample_follow(const void *block)
{
	_Atomic uint8_t *count = sample_count(block);

	add_to_filter(count, 1);
	if (exchange(block, 0, (uint64_t)block)) {
		thread_local_state.newest_sample = (uintptr_t)block;
		thread_local_state.newest_distance = thread_local_state.sample_distance;
		return true;
	}
	add_to_filter(count, -1);
	return false;
}

bool sample_take_out(const void *block)
{
	if (!exchange(block, (uint64_t)block, 0))
		return false;
	add_to_filter(sample_count(block), -1);
	return true;
}

bool sample_is_newest(const void *block)
{
	return thread_local_state.newest_sample == (uintptr_t)block &&
	       thread_local_state.newest_distance == thread_local_state.sample_distance;
}
