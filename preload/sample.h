/* SPDX-License-Identifier: MIT */
/*
 * sample.h - --sample=BYTES: records some allocations, and the release of each of those.
 *
 * A block of s bytes is recorded with probability 1/w, where w is an integer that follows from s and
 * the interval R alone, so that a reader knows how many blocks it stands for: all from R bytes on,
 * fewer the smaller they are. What costs nothing is to skip: a countdown of bytes, drawn from the
 * exponential distribution of mean R, hits a block with probability 1 - exp(-s/R) (Poisson sampling);
 * w = ceil(R/s + 1/2 + s/12R) is at least the inverse of that (the first terms of the series of coth),
 * and of the blocks hit the fitting part is taken.
 *
 * Addresses of recorded blocks are in a set that every release asks. Lock-free: a block's address is
 * put in before the program gets to know it, and taken out before it is given back, by compare and
 * swap; so whoever may release a block finds it, once.
 */
#ifndef TENURE_SAMPLE_H
#define TENURE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomics.h"
#include "thread.h"

#define SAMPLE_FILTER 65536u /* a power of two */
#define SAMPLE_LINE 64u /* of the cache */

#define SAMPLE_INTERVAL_MAX (1ull << 40) /* no program has blocks that are further apart */
extern uint64_t sample_interval; /* mean bytes between samples, 0: everything is recorded */
/* Recorded blocks by address, those of a page in one line; 255 stays. 0: certainly none. */
extern _Atomic uint8_t sample_filter[SAMPLE_FILTER];

/* Once per image. False if there is no memory: nothing is sampled then, all is recorded. */
bool sample_start(uint64_t interval_bytes);

/* In a forked child: blocks of the parent are not followed. */
void sample_reset(void);

/* How many blocks of this size one recorded block stands for. */
uint64_t sample_weight(uint64_t interval_bytes, uint64_t size_bytes);

/* The countdown has ended: whether the block is taken. */
bool sample_decide(size_t size);

/* Whether the countdown goes on behind a block of this size. None runs where all is recorded. */
static inline bool sample_goes_on(size_t size)
{
	return (uint64_t)thread_local_state.sample_distance > size + !size;
}

/* Whether a block of this size is to be recorded. Call once for every block allocated. */
static inline bool sample_takes(size_t size)
{
	if (__builtin_expect(!sample_goes_on(size), 0))
		return sample_decide(size);
	thread_local_state.sample_distance -= (int64_t)(size + !size);
	return false;
}

/* The short way for nearly all blocks of a sampled program, without a look at anything else: whether
 * sample_takes would say no. */
static inline bool sample_will_skip(size_t size)
{
	return __builtin_expect(sample_goes_on(size) && !thread_local_state.inside, 1);
}

/* The same, and it has said so: the block is counted. */
static inline bool sample_skips(size_t size)
{
	return sample_will_skip(size) && !sample_takes(size);
}

static inline uint32_t sample_hash(const void *block)
{
	return (uint32_t)(((uint64_t)block >> 4) * 0x9e3779b97f4a7c15ull >> 32);
}

/* Puts a block into the set; false if there is no room. */
bool sample_follow(const void *block);

/* For sample_release. */
bool sample_take_out(const void *block);

/* Blocks that are released one after the other often lie on one page, whose line is then at hand. */
static inline _Atomic uint8_t *sample_count(const void *block)
{
	uint64_t address = (uint64_t)block;
	uint64_t line = (address >> 12) * 0x9e3779b97f4a7c15ull >> 32;

	return &sample_filter[line * SAMPLE_LINE % SAMPLE_FILTER + (address >> 6) % SAMPLE_LINE];
}

/* The short way for nearly all releases: true if a block is not in the set, for sure. */
static inline bool sample_misses(const void *block)
{
	return sample_interval && !load_relaxed(sample_count(block));
}

/* Takes a block out of the set; false if it is not in there. */
static inline bool sample_release(const void *block)
{
	return !sample_misses(block) && sample_take_out(block);
}

/* Whether the thread has allocated nothing since it allocated this block, its last in the set. */
bool sample_is_newest(const void *block);

#endif
