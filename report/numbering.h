/* SPDX-License-Identifier: MIT */
/*
 * numbering.h - numbers for what a format writes once and then names by its number: strings,
 * functions, frames, and any other key. They count from 0 in the order in which things came first.
 */
#ifndef TENURE_NUMBERING_H
#define TENURE_NUMBERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../analyzer/model.h"
#include "../analyzer/util/bytes.h"

struct numbered {
	size_t offset, bytes; /* in contents */
	uint64_t hash;
};

/* Zero-initialise to start; end with numbering_release. */
struct numbering {
	struct bytes contents;
	struct numbered *items;
	size_t count, capacity;
	uint32_t *slots; /* by hash, open addressing: number + 1 */
	size_t slot_count; /* a power of two, at least twice the items; 0 before first use */
};

/* Of these bytes, compared as such: zero the padding of structs. *fresh: they are new. */
uint32_t numbering_find(struct numbering *n, const void *content, size_t bytes, bool *fresh);

/* Of a frame of the model. Cheap: the strings of a model stay where they are, so addresses are
 * compared, not names; frames of different numbers may still look the same when written. */
uint32_t numbering_find_frame(struct numbering *n, const struct model_frame *frame, bool *fresh);

/* What has this number; until something else gets one. */
const void *numbering_content(const struct numbering *n, uint32_t number);

void numbering_release(struct numbering *n);

#endif
