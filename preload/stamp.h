/* SPDX-License-Identifier: MIT */
/*
 * stamp.h - event stamps that order hand-overs of a block between threads.
 *
 * A block's release is stamped before the real free() and its next allocation after the real
 * malloc() returned it. The allocator makes the first happen before the second, so with a clock
 * that all cores agree on, release < allocation for every address, without any lock of ours; and
 * where a program hands a block to another thread, allocation < release likewise.
 *
 * x86-64: RDTSC may start before the instructions in front of it have ended. What makes one event
 * follow another is a load: of the block from the allocator, or of its address from the thread that
 * hands it over. LFENCE lets the RDTSC wait for that load, which may have to fetch the line from
 * another core; without it, releases were seen up to 100 ns before the allocation. No fence is
 * needed behind it: stores become visible only after the RDTSC before them has retired.
 */
#ifndef TENURE_STAMP_H
#define TENURE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

extern bool stamp_uses_tsc; /* set once by stamp_start, before the first event */

/* Chooses the clock: the counter where the kernel itself trusts it, else CLOCK_MONOTONIC. */
void stamp_start(void);

uint64_t stamp_clock_ns(void); /* CLOCK_MONOTONIC, nanoseconds */

static inline uint64_t stamp_now(void)
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
