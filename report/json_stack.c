/* SPDX-License-Identifier: MIT */
#include "json_stack.h"

static void put_frame(struct json_writer *w, const struct model_frame *frame)
{
	json_object_begin(w, NULL);
	json_string(w, "function", frame->function);
	json_string(w, "file", frame->file);
	json_uint(w, "line", frame->line);
	json_string(w, "module", frame->module);
	json_uint(w, "offset", frame->offset);
	json_bool(w, "inlined", frame->inlined);
	json_string(w, "language", frame->language);
	if (*frame->note)
		json_string(w, "note", frame->note);
	json_end(w);
}

void json_stack_put(struct json_writer *w, const char *key, const struct model_stack *stack)
{
	json_array_begin(w, key);
	for (uint32_t i = 0; i < stack->frame_count; i++)
		put_frame(w, &stack->frames[i]);
	json_end(w);
}
