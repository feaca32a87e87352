/* SPDX-License-Identifier: MIT */
/*
 * suppressions.h - files that say which findings are not to be told, and which of them a stack meets.
 *
 * Both formats that people have are read unchanged, also mixed in one file. LeakSanitizer's, one a
 * line: leak:PATTERN, where * is for any bytes, ^ in front and $ at the end are for those of the name,
 * met if any frame has a module, function or source file with it; other types are refused. Valgrind's:
 * { NAME Memcheck:Leak FRAMES }, a line each, met from the innermost frame on, which is the function
 * that allocated; blocks for other checks of Valgrind are passed over. Frames are fun:, obj:, src:
 * with * and ?, and ... for any number of frames.
 *
 * Ours add why and until when, on a leak: line or in a comment that the other tools pass over:
 *
 *	leak:init_tables reason=kept for the whole run until=2027-01-31
 *	# reason=upstream bug 123 until=2027-01-31
 *	leak:libfoo.so
 *
 * Comments belong to the suppression that follows, or to the block that they stand in; each may be
 * given once. The day named is the last on which a suppression suppresses.
 *
 * What differs from the tools, because a stack of a model holds names of the source:
 * - fun: of a mangled name is compared by what it demangles to, so all constructors of a class are one;
 *   with wildcards only as far as mangled.h says. fun: may hold a name of the source instead, too.
 * - Versions of symbols and what compilers append to copies of functions count for nothing in fun:.
 *   Names inside libc are met by what programs call them, too, "fopen" for "_IO_new_fopen".
 * - obj: of the function that allocated is Valgrind's own library there, and only met by wildcards here.
 * - src: is compared with the path and its last part, of which Valgrind has but the latter.
 * - match-leak-kinds: is read, but no kind is told apart; "none" is never met.
 * - PATTERN$ is met by what ends with PATTERN, also if that stands in it twice.
 * - std::__cxx11:: and std::__1:: are std:: in a model, and so they must be in leak:PATTERN.
 * Frames with a note meet nothing, and ... passes over them.
 *
 * Pure but for what it is given: text, not files.
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

/* Zero-initialise to start; strings and patterns live in the arena. */
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

/* Adds what stands in a file, named so in messages. today: "2026-11-28". Returns -1 with *why set and
 * nothing added if it cannot be understood. */
int suppressions_parse(struct suppressions *s, struct arena *arena, const char *file,
		       const char *text, size_t bytes, const char *today,
		       struct suppressions_error *why);

/* The first that meets a stack and has not expired, NULL if none does; valid until the next file is
 * added. api: the function that allocated, as a model names it ("malloc", "operator new[]"), which
 * stands for the innermost frame in Valgrind's format; "" for none. Counts `used`. */
const struct suppression *suppressions_match(struct suppressions *s, const char *api,
					     const struct model_stack *stack);

void suppressions_release(struct suppressions *s);

#endif
