/* SPDX-License-Identifier: MIT */
/*
 * frame_numbers.h - numbers for frames, or for the functions, files and modules that they are of, by
 * what is known of them: frames that look the same are one.
 */
#ifndef TENURE_REPORT_EXPORT_FRAME_NUMBERS_H
#define TENURE_REPORT_EXPORT_FRAME_NUMBERS_H

#include "../frame_keys.h"

/* Which frames are one. */
enum frames_by {
	FRAMES_BY_PLACE = 0, /* those of which the same is known */
	FRAMES_BY_FUNCTION, /* of a module and a file; an address where there is no name */
	FRAMES_BY_FILE,
	FRAMES_BY_MODULE,
};

/* Zero-initialise but for `by`; end with frame_numbers_release. */
struct frame_numbers {
	enum frames_by by;
	const struct model_frame **first; /* by number: the first one that got it */
	size_t count;

	/* Own */
	struct numbering addresses, strings, keys;
	uint32_t *numbers; /* by number of the address */
	size_t capacity, number_capacity;
};

/* The frame must stay where it is. *fresh: it is the first one. */
uint32_t frame_numbers_get(struct frame_numbers *f, const struct model_frame *frame, bool *fresh);

void frame_numbers_release(struct frame_numbers *f);

#endif
