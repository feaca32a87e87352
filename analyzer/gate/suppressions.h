/* SPDX-License-Identifier: MIT */
/*
 * suppressions.h - files that say which findings are not to be told, and which of them a stack meets.
 *
 * Both formats that people have are read unchanged, also mixed in one file: LeakSanitizer's
 * (leak:PATTERN, a substring with * and anchors ^ $ of the module, function or source file of any
 * frame) and Valgrind's ({ name, Memcheck:Leak, fun:, obj:, src:, ... }, from the innermost frame on;
 * blocks for other checks of Valgrind are passed over). Ours add why and until when, on a leak: line or
 * in a comment that the other tools pass over:
 *
 *	leak:init_tables reason=kept for the whole run until=2027-01-31
 *	# reason=upstream bug 123 until=2027-01-31
 *	leak:libfoo.so
 *
 * Comments belong to the suppression that follows, or to the block that they stand in. After its day
 * a suppression no longer suppresses. Pure but for what it is given: text, not files.
 */
#ifndef TENURE_SUPPRESSIONS_H
#define TENURE_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../model.h"
#include "../util/arena.h"

struct suppression {
	const char *text; /* "leak:init_tables", or the name of a Valgrind block */
	const char *file; /* as it was named */
	uint32_t line; /* from 1 */
	const char *reason; /* "" without one */
	const char *until; /* "2027-01-31", "" for ever */
	bool expired;
	uint64_t used; /* stacks that it matched; an expired one counts what it would have */

	/* Own */
	struct suppression_pattern *patterns;
	uint32_t pattern_count;
	bool valgrind;
};

/* Zero-initialise to start; strings and lists live in the arena. */
struct suppressions {
	struct suppression *list;
	uint32_t count;

	/* Own */
	size_t capacity;
};

/* Where and why a file cannot be understood. */
struct suppressions_error {
	uint32_t line;
	const char *message; /* in the arena */
};

/* Adds what stands in a file. today: "2026-11-28". Returns -1 with *why set if it cannot be understood. */
int suppressions_parse(struct suppressions *s, struct arena *arena, const char *file,
		       const char *text, size_t bytes, const char *today,
		       struct suppressions_error *why);

/* The first that meets a stack and has not expired, NULL if none does. api: the function that
 * allocated, "malloc", which stands for the innermost frame in Valgrind's format. Counts `used`. */
const struct suppression *suppressions_match(struct suppressions *s, const char *api,
					     const struct model_stack *stack);

void suppressions_release(struct suppressions *s);

#endif
