/* SPDX-License-Identifier: MIT */
/*
 * fail.h - --fail-alloc: makes allocations of the program fail on purpose.
 *
 * after:N   every allocation after the first N fails
 * every:N   each Nth fails
 * size:B    those of B bytes and more fail
 * prob:P[,SEED]  each fails with probability P in [0, 1]; the same seed gives the same sequence
 */
#ifndef TENURE_FAIL_H
#define TENURE_FAIL_H

#include <stdbool.h>
#include <stddef.h>

extern bool fail_enabled; /* set by fail_start, constant afterwards */

/* Understands the specification; unknown ones leave fault injection off. */
void fail_start(const char *specification);

bool fail_decide(size_t size);

/* Whether this allocation is to fail. */
static inline bool fail_now(size_t size)
{
	return __builtin_expect(fail_enabled, 0) && fail_decide(size);
}

#endif
