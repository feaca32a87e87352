/* SPDX-License-Identifier: MIT */
#include "numbering.h"

uint32_t numbering_find_frame(struct numbering *n, const struct model_frame *frame, bool *fresh)
{
	uint64_t key[] = {(uintptr_t)frame->function,
			  (uintptr_t)frame->file,
			  (uintptr_t)frame->module,
			  (uintptr_t)frame->note,
			  frame->offset,
			  frame->line * 2ull + frame->inlined};

	return numbering_find(n, key, sizeof key, fresh);
}
