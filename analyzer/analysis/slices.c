/* SPDX-License-Identifier: MIT */
#include "slices.h"

void slices_close(struct slices *s, uint64_t clock, uint64_t stamp)
{
	s->marks[s->current] = (struct slice_mark){clock, stamp};
	if (++s->current < SLICES)
		return;
	for (uint32_t i = 0; i < SLICES / 2; i++)
		s->marks[i] = s->marks[2 * i + 1];
	s->current = SLICES / 2;
	s->shift++;
}

uint32_t slices_at(const struct slices *s, uint64_t clock)
{
	uint32_t low = 0;
	uint32_t high = s->current;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->marks[middle].clock < clock)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t slices_at_stamp(const struct slices *s, uint64_t stamp)
{
	uint32_t slice = 0;

	/* The mark of a slice bears the stamp of the first birth in the next one. */
	while (slice < s->current && s->marks[slice].stamp <= stamp)
		slice++;
	return slice;
}
