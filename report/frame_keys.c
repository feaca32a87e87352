/* SPDX-License-Identifier: MIT */
#include "frame_keys.h"

uint32_t frame_keys_find(struct numbering *n, const struct model_frame *frame, bool *fresh)
{
	uint64_t key[] = {(uintptr_t)frame->function,
			  (uintptr_t)frame->file,
			  (uintptr_t)frame->module,
			  (uintptr_t)frame->note,
			  frame->offset,
			  frame->line * 2ull + frame->inlined};

	return numbering_find(n, key, sizeof key, fresh);
}
