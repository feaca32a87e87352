/* SPDX-License-Identifier: MIT */
/*
 * lock.h - the recorder's own short spin lock.
 *
 * Taken only on rare paths (a thread's first event, a new module), never around the program's or
 * the allocator's code, and with all signals blocked, so that no handler can find its own thread
 * holding it. A forked child resets it: the holder may have been a thread that the child lacks.
 */
#ifndef TENURE_LOCK_H
#define TENURE_LOCK_H

#include <stdint.h>

#include "atomics.h"
#include "syscalls.h"

struct lock {
	_Atomic uint32_t taken;
};

#define LOCK_SIGSET_BYTES 8
#define LOCK_SIG_SETMASK 2

/* Returns the signal mask to give back to lock_release. */
static inline uint64_t lock_acquire(struct lock *lock)
{
	uint64_t all = ~0ull, before = 0;
	uint32_t expected = 0;

	sys_call(SYS_rt_sigprocmask, LOCK_SIG_SETMASK, (long)&all, (long)&before, LOCK_SIGSET_BYTES,
		 0, 0);
	while (!cas_acquire(&lock->taken, &expected, 1)) {
		expected = 0;
		sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	}
	return before;
}

static inline void lock_release(struct lock *lock, uint64_t before)
{
	store_release(&lock->taken, 0);
	sys_call(SYS_rt_sigprocmask, LOCK_SIG_SETMASK, (long)&before, 0, LOCK_SIGSET_BYTES, 0, 0);
}

static inline void lock_reset(struct lock *lock)
{
	store_relaxed(&lock->taken, 0);
}

#endif
