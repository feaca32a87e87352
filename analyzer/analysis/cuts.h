/* SPDX-License-Identifier: MIT */
/*
 * cuts.h - counts the events whose call stack lacks frames: in the middle, because it was deeper
 * than the limit, or at its outer end, because the unwinder could not go on.
 *
 * Each stack is judged once, when the tables of the trace are known. Stacks that met a full table
 * leave no mark in it: the recorder counts those.
 */
#ifndef TENURE_CUTS_H
#define TENURE_CUTS_H

#include "../trace/reader.h"

enum cut {
	CUT_NONE,
	CUT_DEEP, /* also of those that end early as well */
	CUT_UNFINISHED,
	CUT_KINDS
};

struct cuts {
	uint64_t events[CUT_KINDS];

	/* Own */
	uint8_t *of_stack; /* enum cut by id; NULL if no stack is cut */
	uint32_t stack_count;
};

void cuts_init(struct cuts *cuts, const struct reader *reader);

static inline void cuts_count(struct cuts *cuts, const struct trace_event *event)
{
	if (cuts->of_stack && event->stack <= cuts->stack_count)
		cuts->events[cuts->of_stack[event->stack]]++;
}

void cuts_release(struct cuts *cuts);

#endif
