/* SPDX-License-Identifier: MIT */
#include "sqlite_parts.h"

#include "../stack.h"

uint32_t sqlite_put_frame(struct sqlite_stacks *stacks, const struct model_frame *frame)
{
	bool fresh;
	uint32_t number = frame_numbers_get(&stacks->numbers, frame, &fresh) + 1;
	struct rows *r = &stacks->frames;
	char name[4096];

	if (!fresh)
		return number;
	stack_function(frame, name, sizeof name);
	rows_put_int(r, number);
	/* A long name is cut where it is only one of several; in the middle of a character, even. */
	rows_put_text(r, *frame->note || !*frame->function ? name : frame->function);
	rows_put_name(r, frame->function);
	rows_put_name(r, frame->file);
	rows_put_reference(r, frame->line);
	rows_put_name(r, frame->module);
	rows_put_uint(r, frame->offset);
	rows_put_int(r, frame->inlined);
	rows_put_name(r, frame->language);
	rows_put_name(r, frame->note);
	rows_finish_row(r);
	return number;
}

void sqlite_put_stack(struct sqlite_stacks *stacks, struct rows *r, uint32_t of, const char *role,
		      const struct model_stack *stack)
{
	struct stack_range range = stack_shown(stack, stacks->all_frames);

	for (uint32_t i = range.first; i < range.end; i++) {
		uint32_t frame = sqlite_put_frame(stacks, &stack->frames[i]);

		rows_put_int(r, of);
		if (role)
			rows_put_text(r, role);
		rows_put_int(r, i - range.first);
		rows_put_int(r, frame);
		rows_finish_row(r);
	}
}
