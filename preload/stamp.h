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
 *
 * As long as one thread alone has had events, nothing can be handed over and the fence, which costs as
 * much as the counter, is left out. This cannot fail while a second thread begins. That thread sets
 * stamp_fenced before its first event. What makes an event of ours follow one of its events is a
 * load, as said; the load of stamp_fenced comes after it in program order, and loads are not
 * reordered among each other (Intel SDM volume 3, 8.2.2; AMD64 volume 2, 7.2): if the first sees
 * what the other thread did, the second sees that it has begun.
 */
#ifndef TENURE_STAMP_H
#define TENURE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "atomics.h"

extern bool stamp_uses_tsc; /* set once by stamp_start, before the first event */
extern _Atomic bool stamp_fenced; /* more than one thread has had events, or is about to */

/* Chooses the clock: the counter where the kernel itself trusts it, else CLOCK_MONOTONIC. */
void stamp_start(void);

uint64_t stamp_clock_ns(void); /* CLOCK_MONOTONIC, nanoseconds */

static inline uint64_t stamp_now(void)
{
#if ARCH_HAS_COUNTER
	if (__builtin_expect(stamp_uses_tsc, 1)) {
		if (load_relaxed(&stamp_fenced))
			arch_wait_for_loads();
		return arch_counter();
	}
#endif
	return stamp_clock_ns();
}

#endif
