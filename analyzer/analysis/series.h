/* SPDX-License-Identifier: MIT */
/*
 * series.h - how much of one site was live at the end of every slice of the run.
 *
 * Only slices in which something changed are stored, so a site that allocates twice costs two
 * points and none costs more than SLICES. Invariant: slices of the points ascend; what was live at
 * the end of a slice is what the last point at or before it says, 0 if there is none.
 */
#ifndef TENURE_SERIES_H
#define TENURE_SERIES_H

#include <stdint.h>

#include "slices.h"

struct series_point {
	uint32_t slice;
	uint32_t blocks;
	uint64_t bytes;
};

/* Zero-initialise to start; end with series_release. */
struct series {
	uint32_t slice, shift; /* of the last change, which is not among the points yet */
	uint32_t count, capacity;
	struct series_point *points;
};

/* Stores what was live before a change in another slice than the last one. */
void series_store(struct series *series, const struct slices *slices, uint64_t blocks,
		  uint64_t bytes);

/* Before the live amounts change: what they were until now. */
static inline void series_note(struct series *series, const struct slices *slices, uint64_t blocks,
			       uint64_t bytes)
{
	if (series->slice != slices->current || series->shift != slices->shift)
		series_store(series, slices, blocks, bytes);
}

/* Adds a series to another; both must have been stored up to the same slices. */
void series_merge(struct series *into, const struct series *from);

/* Live at the end of each of the complete slices [first, slices->current), which must have been
 * stored. Returns how many there are. */
uint32_t series_expand(const struct series *series, const struct slices *slices, uint32_t first,
		       double bytes[SLICES], double blocks[SLICES]);

void series_release(struct series *series);

#endif
