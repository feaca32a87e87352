/* SPDX-License-Identifier: MIT */
/*
 * stamp_step.h - the granularity of a clock, as far as stamps show it. Private to analyzer/trace.
 *
 * A step is divided by without a division: its odd part has an inverse modulo 2^64, and rotating
 * brings those bits down that no multiple has. What comes out is the quotient, or more than any
 * quotient can be where the step does not divide the number (Granlund and Montgomery, "Division by
 * invariant integers using multiplication", 1994, section 9).
 */
#ifndef TENURE_STAMP_STEP_H
#define TENURE_STAMP_STEP_H

#include <stdint.h>

#include "trace.h"

struct stamp_step {
	uint64_t value, inverse;
	uint64_t most; /* quotients; 1 can be added to it */
	unsigned zeros; /* low bits of value */
};

/*
 * The step of all stamps, or of nearly all: a thread that moves to a processor whose counter runs
 * out of step with the others' makes one odd difference. At least 1; stamps must ascend.
 */
struct stamp_step stamp_step_find(const struct event_record *events, uint32_t count);

/* How many steps a difference is; more than step->most if it is no whole number of them. */
static inline uint64_t stamp_step_count(const struct stamp_step *step, uint64_t difference)
{
	uint64_t product = difference * step->inverse;

	return product >> step->zeros | product << (-step->zeros & 63);
}

#endif
