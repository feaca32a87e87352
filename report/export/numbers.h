/* SPDX-License-Identifier: MIT */
/*
 * numbers.h - dense numbers for what a format refers to by number: what is new gets the next one.
 */
#ifndef TENURE_REPORT_EXPORT_NUMBERS_H
#define TENURE_REPORT_EXPORT_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "../../analyzer/model.h"

struct numbers_slot {
	uint32_t hash, next; /* a number + 1; 0: free */
};

struct numbers_slots { /* open addressing */
	struct numbers_slot *slots;
	size_t capacity;
};

/* Numbers of triples. Zero-initialise; end with triple_numbers_release. */
struct triple_numbers {
	uint32_t (*keys)[3]; /* by number */
	uint32_t count;
	size_t capacity;
	struct numbers_slots slots; /* own */
};

/* `count` has grown by one if the triple is new. */
uint32_t triple_numbers_get(struct triple_numbers *t, uint32_t a, uint32_t b, uint32_t c);
void triple_numbers_release(struct triple_numbers *t);

/* Which frames are one. */
enum frames_by {
	FRAMES_BY_PLACE = 0, /* equal ones: address and line */
	FRAMES_BY_FUNCTION, /* of a module and a file; an address where there is no name */
	FRAMES_BY_FILE,
	FRAMES_BY_MODULE,
};

/* Numbers of frames. Zero-initialise but for `by`; end with frame_numbers_release. */
struct frame_numbers {
	enum frames_by by;
	const struct model_frame **first; /* by number: the first one that got it */
	uint32_t count;
	size_t capacity;
	struct numbers_slots slots; /* own */
};

/* The frame must stay where it is. */
uint32_t frame_numbers_get(struct frame_numbers *f, const struct model_frame *frame);
void frame_numbers_release(struct frame_numbers *f);

#endif
