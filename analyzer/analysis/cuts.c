/* SPDX-License-Identifier: MIT */
#include "cuts.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

static enum cut cut_at(const struct trace_frame *frame, enum cut of_parent)
{
	if (!frame->module && frame->address == FRAME_GAP)
		return CUT_DEEP;
	if (!frame->module && frame->address == FRAME_TRUNCATED && of_parent == CUT_NONE)
		return CUT_UNFINISHED;
	return of_parent;
}

void cuts_init(struct cuts *cuts, const struct reader *reader)
{
	bool any = false;

	memset(cuts, 0, sizeof *cuts);
	cuts->stack_count = reader_stack_count(reader);
	cuts->of_stack = xcalloc((size_t)cuts->stack_count + 1, sizeof *cuts->of_stack);
	/* Parents come before their children. */
	for (stack_id id = 1; id <= cuts->stack_count; id++) {
		const struct trace_frame *frame = reader_stack(reader, id);

		cuts->of_stack[id] = (uint8_t)cut_at(frame, cuts->of_stack[frame->parent]);
		any |= cuts->of_stack[id] != CUT_NONE;
	}
	if (!any)
		cuts_release(cuts);
}

void cuts_release(struct cuts *cuts)
{
	free(cuts->of_stack);
	cuts->of_stack = NULL;
}
