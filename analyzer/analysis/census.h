/* SPDX-License-Identifier: MIT */
/*
 * census.h - how much was live, and how old it was, at up to CENSUS_ROWS moments of the run.
 *
 * The age clock is cut into slices of equal length. Live bytes are kept by the slice of their
 * birth; at the end of each slice these amounts become a row, so that the rows are a matrix of
 * birth by time, from which the live set splits into generations at any boundary. Ages shorter than
 * a slice are told apart too: as the moment of the next row is known beforehand, each birth knows
 * how old it will be then, and is kept by that age on a logarithmic scale.
 *
 * When there are too many slices, pairs of them become one, and every second row goes. Memory is
 * some CENSUS_ROWS * 4 KiB, however long the run; an event costs two additions.
 * Invariants: live bytes are the sum of by_birth; recent sums up to by_birth of the slice under way.
 */
#ifndef TENURE_CENSUS_H
#define TENURE_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "ages.h"

#define CENSUS_ROWS 256u /* a power of two */

/* What else is true at the moment of a row; kept, not interpreted. */
struct census_moment {
	uint64_t stamp;
	uint64_t live_bytes, live_blocks;
	uint64_t heap_pages, pinned_bytes;
};

struct census_row {
	struct census_moment moment;
	uint32_t shift; /* of slices when it was taken: recent tells ages below 1 << shift */
	uint64_t by_birth[CENSUS_ROWS]; /* up to and with the slice that this row ends */
	uint64_t recent[AGES_BUCKETS]; /* by ages_bucket() */
};

/* Zero-initialise to start; end with census_release. */
struct census {
	uint32_t current; /* slice under way, which is also the number of rows */
	uint32_t shift; /* a slice is 1 << shift units of the clock long */
	uint64_t by_birth[CENSUS_ROWS];
	uint64_t recent[AGES_BUCKETS];
	struct census_row *rows[CENSUS_ROWS];
};

/* Whether the clock has left the slice under way: then census_close until it has not. */
static inline bool census_is_due(const struct census *c, uint64_t clock)
{
	return clock >> c->shift > c->current;
}

/* Ends the slice under way with a row. */
void census_close(struct census *c, const struct census_moment *moment);

/* Age at the end of the slice under way. */
static inline uint32_t census_bucket(const struct census *c, uint64_t birth)
{
	return ages_bucket((((uint64_t)c->current + 1) << c->shift) - birth);
}

/* The clock at birth must lie in the slice under way. */
static inline void census_add(struct census *c, uint64_t birth, uint64_t bytes)
{
	c->by_birth[c->current] += bytes;
	c->recent[census_bucket(c, birth)] += bytes;
}

/* Of a block that was added and not subtracted yet. */
static inline void census_subtract(struct census *c, uint64_t birth, uint64_t bytes)
{
	uint64_t slice = birth >> c->shift;

	c->by_birth[slice] -= bytes;
	if (slice == c->current)
		c->recent[census_bucket(c, birth)] -= bytes;
}

/* Undoes census_subtract. */
static inline void census_restore(struct census *c, uint64_t birth, uint64_t bytes)
{
	census_subtract(c, birth, (uint64_t)0 - bytes);
}

/* The clock at the end of a row's slice. */
uint64_t census_clock(const struct census *c, uint32_t row);

/* Of what was live at the row's moment, the bytes younger than an age. Exact if the age is the
 * floor of a bucket and below 1 << row->shift, or a multiple of the slices' length; births are
 * taken to be spread evenly over their slice otherwise. */
uint64_t census_younger(const struct census *c, uint32_t row, uint64_t age);

void census_release(struct census *c);

#endif
