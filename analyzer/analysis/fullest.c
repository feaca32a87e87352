/* SPDX-License-Identifier: MIT */
#include "fullest.h"

#include <stdlib.h>

#include "../util/array.h"

/* Deeper stacks count as equal: chains of a hostile trace may be as long as its table. */
#define DEPTH_MAX 4096u

const struct trace_frame *fullest_innermost(const struct reader *reader, stack_id stack)
{
	static const struct trace_frame none;
	const struct trace_frame *frame = stack ? reader_stack(reader, stack) : NULL;

	return frame ? frame : &none;
}

static int compare_places(const struct trace_frame *a, const struct trace_frame *b)
{
	if (a->module != b->module)
		return a->module < b->module ? -1 : 1;
	return a->address < b->address ? -1 : a->address > b->address;
}

bool fullest_same_place(const struct trace_frame *a, const struct trace_frame *b)
{
	return !compare_places(a, b);
}

static uint32_t known_depth(const struct reader *reader, stack_id stack)
{
	uint32_t depth = 0;

	while (stack && depth < DEPTH_MAX) {
		const struct trace_frame *frame = fullest_innermost(reader, stack);

		if (!frame->module && frame->address == FRAME_CALLER_ONLY)
			return 1;
		depth++;
		stack = frame->parent;
	}
	return depth;
}

stack_id fullest_of(const struct reader *reader, stack_id a, stack_id b)
{
	return a == b || known_depth(reader, a) >= known_depth(reader, b) ? a : b;
}

/* A wish and the frame to look for, which must not change while stacks are replaced. */
struct search {
	const struct trace_frame *place;
	uint32_t depth;
	const struct fullest_wish *wish;
};

static int compare_searches(const void *a, const void *b)
{
	return compare_places(((const struct search *)a)->place, ((const struct search *)b)->place);
}

static size_t first_at(const struct search *searches, size_t count, const struct trace_frame *place)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (compare_places(searches[middle].place, place) < 0)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

void fullest_borrow(const struct reader *reader, struct fullest_wish *wishes, size_t count)
{
	struct search *searches = xcalloc(count, sizeof *searches);
	uint32_t stacks = reader_stack_count(reader);
	size_t open = 0;

	for (size_t i = 0; i < count; i++) {
		if (known_depth(reader, *wishes[i].stack) != 1)
			continue;
		searches[open].place = fullest_innermost(reader, *wishes[i].stack);
		searches[open].depth = 1;
		searches[open++].wish = &wishes[i];
	}
	qsort(searches, open, sizeof *searches, compare_searches);
	for (stack_id stack = 1; open && stack <= stacks; stack++) {
		const struct trace_frame *place = fullest_innermost(reader, stack);
		size_t i = first_at(searches, open, place);
		uint32_t depth;

		if (i == open || !fullest_same_place(searches[i].place, place))
			continue;
		depth = known_depth(reader, stack);
		for (; i < open && fullest_same_place(searches[i].place, place); i++) {
			if (depth <= searches[i].depth)
				continue;
			searches[i].depth = depth;
			*searches[i].wish->stack = stack;
			*searches[i].wish->borrowed = true;
		}
	}
	free(searches);
}
