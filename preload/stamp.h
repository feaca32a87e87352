/* SPDX-License-Identifier: MIT */
/*
 * stamp.h - event stamps that order hand-overs of a block between threads.
 *
 * A block's release is stamped before the real free() and its next allocation after the real
 * malloc() returned it. The allocator makes the first happen before the second, so with a clock
 * that all cores agree on, release < allocation for every address, without any lock of ours.
 *
 * x86-64: RDTSC is not ordered with the instructions around it. stamp_before() needs no fence:
 * the release becomes visible by stores that retire after the RDTSC. stamp_after() does: RDTSC
 * must not start before the loads by which malloc() obtained the block, hence LFENCE.
 */
#ifndef TENURE_STAMP_H
#define TENURE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

extern bool stamp_uses_tsc; /* set once by stamp_start, before the first event */

/* Chooses the clock: the counter where the kernel itself trusts it, else CLOCK_MONOTONIC. */
void stamp_start(void);

uint64_t stamp_clock_ns(void); /* CLOCK_MONOTONIC, nanoseconds */

static inline uint64_t stamp_before(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(stamp_uses_tsc, 1))
		return __builtin_ia32_rdtsc();
#endif
	return stamp_clock_ns();
}

static inline uint64_t stamp_after(void)
{
#if defined(__x86_64__)
	if (__builtin_expect(stamp_uses_tsc, 1)) {
		__builtin_ia32_lfence();
		return __builtin_ia32_rdtsc();
	}
#endif
	return stamp_clock_ns();
}

#endif
