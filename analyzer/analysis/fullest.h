/* SPDX-License-Identifier: MIT */
/*
 * fullest.h - of several recorded stacks of one place, the one that tells most.
 *
 * Releases may be recorded with nothing but their caller (FRAME_CALLER_ONLY), allocations never.
 */
#ifndef TENURE_FULLEST_H
#define TENURE_FULLEST_H

#include <stdbool.h>
#include <stddef.h>

#include "../trace/reader.h"

/* The frame of a stack's innermost call; zeroes for stack 0 and for ids that are not defined. */
const struct trace_frame *fullest_innermost(const struct reader *reader, stack_id stack);

bool fullest_same_place(const struct trace_frame *a, const struct trace_frame *b);

/* The one with more frames known; a if they are equal. */
stack_id fullest_of(const struct reader *reader, stack_id a, stack_id b);

/* A stack of which perhaps only the innermost frame is known. */
struct fullest_wish {
	stack_id *stack;
	bool *borrowed; /* set to true if *stack was replaced */
};

/* Replaces stacks of one frame by the fullest one of the trace with the same innermost frame:
 * callers of another call at the same place are better than none if they are marked as such. */
void fullest_borrow(const struct reader *reader, struct fullest_wish *wishes, size_t count);

#endif
