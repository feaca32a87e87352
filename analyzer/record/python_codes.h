/* SPDX-License-Identifier: MIT */
/*
 * python_codes.h - translates Python's frames of the region to frames of the trace.
 */
#ifndef TENURE_RECORD_PYTHON_CODES_H
#define TENURE_RECORD_PYTHON_CODES_H

#include "../trace/writer.h"
#include "region.h"

struct python_codes {
	const struct region *region; /* not owned, nor is: */
	struct writer *writer;
	code_id *
		known; /* by number in the region; NULL until there is one, 0: not translated yet */
	module_id module; /* 0: not defined yet */
};

void python_codes_init(struct python_codes *p, const struct region *region, struct writer *writer);
void python_codes_release(struct python_codes *p);

/* Of a frame that is FRAME_PYTHON: as of trace_frame. */
module_id python_codes_resolve(struct python_codes *p, uint64_t frame, uint64_t *address);

#endif
