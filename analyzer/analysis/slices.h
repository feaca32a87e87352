/* SPDX-License-Identifier: MIT */
/*
 * slices.h - a run of any length cut into at most SLICES slices of equally many allocations.
 *
 * Growth is looked at on this axis because it is reproducible and because neither idle time nor
 * one giant block distorts it. When there are too many slices, pairs of them become one: so from
 * half of SLICES to all of them are complete, however long the run. The slice that is under way
 * is not complete and has no mark yet.
 */
#ifndef TENURE_SLICES_H
#define TENURE_SLICES_H

#include <stdint.h>

#define SLICES 64u /* a power of two */

struct slice_mark {
	uint64_t clock; /* the age clock at the end of the slice */
	uint64_t stamp;
};

/* Zero-initialise to start. */
struct slices {
	uint32_t current; /* slice under way; those before are complete */
	uint32_t shift; /* a slice is 1 << shift allocations long */
	struct slice_mark marks[SLICES];
};

/* Slice `current` has ended: the next allocation belongs to another one. */
void slices_close(struct slices *s, uint64_t clock, uint64_t stamp);

/* Before the allocation with this number (from 0) is counted. */
static inline void slices_advance(struct slices *s, uint64_t number, uint64_t clock, uint64_t stamp)
{
	if (number >> s->shift != s->current)
		slices_close(s, clock, stamp);
}

/* The slice in which the age clock had this value; `current` if it was none of the complete. */
uint32_t slices_at(const struct slices *s, uint64_t clock);
/* The same for a stamp. */
uint32_t slices_at_stamp(const struct slices *s, uint64_t stamp);

#endif
