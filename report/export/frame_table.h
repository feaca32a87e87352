/* SPDX-License-Identifier: MIT */
/*
 * frame_table.h - numbers for frames, for formats that write each of them once.
 *
 * Two frames are the same if all that is known about them is. Frames must outlive the table.
 */
#ifndef TENURE_REPORT_FRAME_TABLE_H
#define TENURE_REPORT_FRAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../analyzer/model.h"

/* All zero is an empty one. */
struct frame_table {
	const struct model_frame **frames; /* frame N is frames[N - 1] */
	uint32_t *hashes; /* of the same */
	uint32_t count;
	size_t frame_capacity, hash_capacity;
	uint32_t *slots; /* numbers of frames, 0: free; by hash, as many as a power of two */
	uint32_t slot_count;
};

/* From 1, in the order in which they come; a new one is number `count` afterwards. */
uint32_t frame_table_number(struct frame_table *t, const struct model_frame *frame);

void frame_table_release(struct frame_table *t);

#endif
