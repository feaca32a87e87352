/* SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <stdlib.h>

#include "../util/array.h"

static int by_stamp(const void *left, const void *right)
{
	const struct trace_clock *a = left, *b = right;

	if (a->stamp != b->stamp)
		return a->stamp < b->stamp ? -1 : 1;
	return (a->monotonic_ns > b->monotonic_ns) - (a->monotonic_ns < b->monotonic_ns);
}

void timeline_init(struct timeline *t, const struct catalog *catalog)
{
	const struct trace_program *program = &catalog->program;
	struct trace_clock *pairs = xcalloc(catalog->clock_count + 2, sizeof *pairs);
	size_t count = 0, kept = 1;

	pairs[count++] = (struct trace_clock){program->start_stamp, program->start_monotonic_ns};
	for (size_t i = 0; i < catalog->clock_count; i++)
		pairs[count++] = catalog->clocks[i];
	if (catalog->complete && catalog->end.stamp)
		pairs[count++] = (struct trace_clock){catalog->end.stamp,
						      catalog->end.monotonic_ns};
	qsort(pairs, count, sizeof *pairs, by_stamp);
	for (size_t i = 1; i < count; i++) {
		if (pairs[i].stamp > pairs[kept - 1].stamp &&
		    pairs[i].monotonic_ns >= pairs[kept - 1].monotonic_ns)
			pairs[kept++] = pairs[i];
	}
	*t = (struct timeline){
		.pairs = pairs,
		.pair_count = kept,
		.start_ns = program->start_monotonic_ns,
		.stamps_are_ns = program->clock_kind == CLOCK_STAMP_NS,
	};
}

void timeline_release(struct timeline *t)
{
	free(t->pairs);
}

/* Nanoseconds that `stamps` take at the rate between two pairs; one each if there is no rate. */
static uint64_t at_rate(uint64_t stamps, const struct trace_clock *from,
			const struct trace_clock *to)
{
	unsigned __int128 ns = stamps;

	if (to->stamp > from->stamp)
		ns = ns * (to->monotonic_ns - from->monotonic_ns) / (to->stamp - from->stamp);
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

static uint64_t monotonic_ns(const struct timeline *t, uint64_t stamp)
{
	const struct trace_clock *first = t->pairs, *last = &t->pairs[t->pair_count - 1];
	uint64_t ns;

	if (stamp <= first->stamp) {
		ns = at_rate(first->stamp - stamp, first, last);
		return ns < first->monotonic_ns ? first->monotonic_ns - ns : 0;
	}
	if (stamp >= last->stamp) {
		ns = at_rate(stamp - last->stamp, first, last);
		return ns <= UINT64_MAX - last->monotonic_ns ? last->monotonic_ns + ns : UINT64_MAX;
	}
	/* first->stamp < stamp < last->stamp */
	while (last - first > 1) {
		const struct trace_clock *middle = first + (last - first) / 2;

		if (middle->stamp <= stamp)
			first = middle;
		else
			last = middle;
	}
	return first->monotonic_ns + at_rate(stamp - first->stamp, first, last);
}

uint64_t timeline_elapsed_ns(const struct timeline *t, uint64_t stamp)
{
	uint64_t ns = t->stamps_are_ns ? stamp : monotonic_ns(t, stamp);

	return ns > t->start_ns ? ns - t->start_ns : 0;
}

uint64_t timeline_stamp_at(const struct timeline *t, uint64_t elapsed_ns)
{
	uint64_t low = 0, high = UINT64_MAX;

	/* Time does not run backwards, so halving finds it; the interpolation has gaps and steps
	 * that a formula of its own would have to get right once more. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (timeline_elapsed_ns(t, middle) < elapsed_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
