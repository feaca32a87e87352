/* SPDX-License-Identifier: MIT */
#include "series.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/* Most sites have one or two points: growth starts there. */
static void make_room(struct series *series)
{
	if (series->count < series->capacity)
		return;
	series->capacity = (uint8_t)(series->capacity ? 2 * series->capacity : 2);
	series->points = xrealloc(series->points, series->capacity * sizeof *series->points);
}

static void append(struct series *series, uint32_t slice, uint64_t blocks, uint64_t bytes,
		   uint64_t births)
{
	struct series_point *last = series->count ? &series->points[series->count - 1] : NULL;

	if (!last || last->slice != slice) {
		make_room(series);
		last = &series->points[series->count++];
	}
	*last = (struct series_point){
		.slice = slice,
		.blocks = blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX,
		.bytes = bytes,
		.births = births,
	};
}

/* Slices have become longer: of the points that now share one, the last tells how it ended. */
static void widen(struct series *series, uint32_t shift)
{
	uint32_t by = shift - series->shift;
	uint8_t kept = 0;

	for (uint32_t i = 0; i < series->count; i++) {
		struct series_point *point = &series->points[i];

		point->slice >>= by;
		if (kept && series->points[kept - 1].slice == point->slice)
			kept--;
		series->points[kept++] = *point;
	}
	series->count = kept;
	series->slice = (uint16_t)(series->slice >> by);
	series->shift = (uint8_t)shift;
}

void series_store(struct series *series, const struct slices *slices, uint64_t blocks,
		  uint64_t bytes, uint64_t births)
{
	if (series->shift != slices->shift)
		widen(series, slices->shift);
	if (series->slice == slices->current)
		return;
	if (births)
		append(series, series->slice, blocks, bytes, births);
	series->slice = (uint16_t)slices->current;
}

void series_merge(struct series *into, const struct series *from)
{
	struct series_point a = {0}, b = {0};
	struct series sum = {.slice = into->slice, .shift = into->shift};
	uint32_t i = 0, k = 0;

	while (i < into->count || k < from->count) {
		uint32_t next_a = i < into->count ? into->points[i].slice : UINT32_MAX;
		uint32_t next_b = k < from->count ? from->points[k].slice : UINT32_MAX;

		if (next_a <= next_b)
			a = into->points[i++];
		if (next_b <= next_a)
			b = from->points[k++];
		append(&sum, next_a < next_b ? next_a : next_b, (uint64_t)a.blocks + b.blocks,
		       a.bytes + b.bytes, a.births + b.births);
	}
	free(into->points);
	*into = sum;
}

uint32_t series_expand(const struct series *series, const struct slices *slices, uint32_t first,
		       struct series_point states[SLICES])
{
	struct series_point state = {0};
	uint32_t next = 0;
	uint32_t count = 0;

	for (uint32_t slice = 0; slice < slices->current; slice++) {
		while (next < series->count && series->points[next].slice <= slice)
			state = series->points[next++];
		state.slice = slice;
		if (slice >= first)
			states[count++] = state;
	}
	return count;
}

void series_release(struct series *series)
{
	free(series->points);
	memset(series, 0, sizeof *series);
}
