/* SPDX-License-Identifier: MIT */
/*
 * numbering.h - numbers for what is kept or written once and then named by its number: strings,
 * functions, frames, and any other key. They count from 0 in the order in which things came first.
 */
#ifndef TENURE_NUMBERING_H
#define TENURE_NUMBERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

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

/* What has this number; until something else gets one. */
const void *numbering_content(const struct numbering *n, uint32_t number);

void numbering_release(struct numbering *n);

#endif
