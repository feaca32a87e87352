/* SPDX-License-Identifier: MIT */
/*
 * patterns.h - the patterns that a suppression is made of, and whether a stack meets them.
 *
 * Names of functions are compared as models have them: without the version of a symbol and what a
 * compiler appends to copies of a function, in the pattern too. Private to suppressions.c; pure.
 */
#ifndef TENURE_PATTERNS_H
#define TENURE_PATTERNS_H

#include <stdbool.h>
#include <stdint.h>

#include "../model.h"
#include "../util/arena.h"
#include "mangled.h"

enum pattern_kind {
	PATTERN_TEXT, /* of LeakSanitizer */
	PATTERN_FUNCTION, /* of Valgrind, as are: */
	PATTERN_OBJECT,
	PATTERN_SOURCE,
	PATTERN_FRAMES, /* any number of any frames: ... */
};

/* Strings are in the arena. */
struct suppression_pattern {
	enum pattern_kind kind;
	const char *glob; /* NULL for PATTERN_FRAMES; only in Valgrind's is ? a wildcard */
	uint32_t line; /* PATTERN_SOURCE: 0 for any */

	/* Of a function only */
	const char *base; /* glob without version and appendix, NULL if it is the same */
	const char *demangled; /* the name in the source, NULL if it cannot be told */
	bool has_mangled;
	struct mangled mangled; /* what can be told in spite of wildcards */
};

/* False if nothing stands in it that something could be compared with. */
bool patterns_read_text(struct arena *arena, const char *text, struct suppression_pattern *p);

/* A frame of Valgrind's. False if it is none. */
bool patterns_read_frame(struct arena *arena, const char *text, struct suppression_pattern *p);

/* Whether any frame has a name that meets the pattern, of PATTERN_TEXT. */
bool patterns_meet_any(const struct suppression_pattern *p, const struct model_stack *stack);

/* Whether the innermost frames meet the patterns one by one; `api` comes first unless it is "". */
bool patterns_meet_innermost(const struct suppression_pattern *patterns, uint32_t count,
			     const char *api, const struct model_stack *stack);

#endif
