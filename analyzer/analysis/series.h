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
	uint32_t blocks; /* live */
	uint64_t bytes; /* live */
	uint64_t births; /* so far */
};

/* Zero-initialise to start; end with series_release. Small: there is one for every site. */
struct series {
	uint16_t slice; /* of the last change, which is not among the points yet, */
	uint8_t shift; /* and how long slices were then */
	uint8_t count, capacity;
	struct series_point *points;
};

/* Stores how things stood before a change in another slice than the last one. */
void series_store(struct series *series, const struct slices *slices, uint64_t blocks,
		  uint64_t bytes, uint64_t births);

/* Before anything changes: how things stood until now. */
static inline void series_note(struct series *series, const struct slices *slices, uint64_t blocks,
			       uint64_t bytes, uint64_t births)
{
	if (series->slice != slices->current || series->shift != slices->shift)
		series_store(series, slices, blocks, bytes, births);
}

/* Adds a series to another; both must have been stored up to the same slices. */
void series_merge(struct series *into, const struct series *from);

/* How things stood at the end of each of the complete slices [first, slices->current), which must
 * have been stored. Returns how many there are. */
uint32_t series_expand(const struct series *series, const struct slices *slices, uint32_t first,
		       struct series_point states[SLICES]);

void series_release(struct series *series);

#endif
