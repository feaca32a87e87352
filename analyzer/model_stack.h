/* SPDX-License-Identifier: MIT */
/* model_stack.h - the part of the model about call stacks. Private to model.h, whose rules hold here, too. */
#ifndef TENURE_MODEL_STACK_H
#define TENURE_MODEL_STACK_H

#include <stdbool.h>
#include <stdint.h>

/* Lines of a source file around the one that a frame is at. */
struct model_source {
	uint32_t first_line; /* number of lines[0] */
	uint32_t line_count;
	const char *const *lines; /* raw, without their ends */
	bool newer; /* the file was changed after the module was built: lines may have moved */
};

struct model_frame {
	const char *function; /* "" if unknown */
	const char *file; /* "" if unknown */
	uint32_t line; /* 0 if unknown */
	const char *module; /* path; "" for code outside any module */
	uint64_t offset; /* link-time address in the module */
	bool inlined; /* into the next frame */
	const char *language;
	const char *note; /* for pseudo frames: what is missing here; "" otherwise */
	const struct model_source *source; /* NULL: not asked for, or not to be read */
};

/* Innermost first. */
struct model_stack {
	const struct model_frame *frames;
	uint32_t frame_count;
};

#endif
