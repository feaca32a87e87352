/* SPDX-License-Identifier: MIT */
/*
 * frames.h - turns stack ids of a trace into the frames of the model.
 *
 * The last step of an analysis: only stacks that are shown are looked up. Inline calls become
 * frames of their own and pseudo frames become notes. Results live in the given arena, but for
 * names, which live as long as the symbols.
 */
#ifndef TENURE_FRAMES_H
#define TENURE_FRAMES_H

#include "../model.h"
#include "../symbols/sources.h"
#include "../symbols/symbols.h"
#include "../trace/reader.h"
#include "../util/arena.h"

/* Addresses outside any module that stand for what is missing in a stack are below this one. */
#define FRAMES_PSEUDO_END 4096u

/* Fill in reader, symbols and arena, zero the rest; end with frames_release. */
struct frames {
	const struct reader *reader;
	struct symbols *symbols;
	struct arena *arena;
	struct sources *sources; /* of the lines that frames_stack gives its frames; NULL: none */

	/* Own: by module id, from 1. */
	uint32_t *symbol_modules; /* index for symbols_lookup + 1; 0: not asked for yet */
	const char **paths;
	struct symbol_code *codes; /* of Python; NULL: not asked for yet */
	struct model_frame *scratch;
	size_t scratch_capacity;
};

/* Empty for stack 0. borrowed: all but the innermost frame come from another call. */
struct model_stack frames_stack(struct frames *frames, stack_id stack, bool borrowed);

/* The same, without a copy in the arena: valid until the next call. */
struct model_stack frames_peek(struct frames *frames, stack_id stack, bool borrowed);

/* Only the innermost recorded frame, with what is inlined into it; valid until the next call. */
struct model_stack frames_innermost(struct frames *frames, stack_id stack);

/* The number of a module for symbols_*; false if there is no such module. */
bool frames_symbol_module(struct frames *frames, module_id module, uint32_t *number);

/* What is missing for the names of a module that frames were looked up in; "" if nothing is, or
 * if none was. */
const char *frames_note(const struct frames *frames, module_id module);

void frames_release(struct frames *frames);

/*
 * The same for the same functions of the same modules in another run or build: XXH64 over names and
 * base names of modules, offsets where names are missing, innermost first. Of 0 frames 0, else never.
 * The executable, whose path is `program`, has no name here, as it may be renamed.
 *
 * Only frames that are the program's own count, if there are any, and the function of libc that
 * it called, such as strdup: which helpers of the C and C++ libraries show up depends on their build
 * and on what was inlined. A function that calls itself counts once, because compilers turn recursion
 * into loops, and split functions in two.
 */
uint64_t frames_fingerprint(const struct model_stack *stack, const char *program);

/* Some of the program's own frames have no names, so the fingerprint is that of one build alone. */
bool frames_lack_names(const struct model_stack *stack);

#endif
