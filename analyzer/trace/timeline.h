/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - stamps to nanoseconds, by pairs of clock readings. Private to analyzer/trace.
 *
 * Between two pairs by linear interpolation; outside them at the mean rate of all. The start of
 * the program and the END are pairs too. Pairs that contradict their neighbours are left out, so
 * time never runs backwards.
 */
#ifndef TENURE_TIMELINE_H
#define TENURE_TIMELINE_H

#include "catalog.h"

struct timeline {
	struct trace_clock *pairs; /* stamps ascend, nanoseconds do not descend */
	size_t pair_count;
	uint64_t start_ns;
	bool stamps_are_ns;
};

void timeline_init(struct timeline *timeline, const struct catalog *catalog);
void timeline_release(struct timeline *timeline);

/* Since the start of the program; 0 for stamps before it. */
uint64_t timeline_elapsed_ns(const struct timeline *timeline, uint64_t stamp);

/* The inverse: the first stamp at which so much time has passed; UINT64_MAX if none is that late. */
uint64_t timeline_stamp_at(const struct timeline *timeline, uint64_t elapsed_ns);

#endif
