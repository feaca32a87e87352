/* SPDX-License-Identifier: MIT */
/*
 * unwind_walk.h - steps from frame to frame, for unwind_*.c alone.
 *
 * What a step finds follows from the registers before it, from the loaded modules and from the words
 * of stack that it reads; a walk that has room for them writes these words down.
 */
#ifndef TENURE_UNWIND_WALK_H
#define TENURE_UNWIND_WALK_H

#include <stdbool.h>
#include <string.h>

#include "atomics.h"
#include "cfi.h"
#include "rows.h"
#include "thread.h"
#include "unwind.h"

#define CODE_LOWEST 0x1000u /* what lies below is no code: the walk is at its end */

enum unwind_step {
	UNWIND_OK,
	UNWIND_END, /* there is no caller */
	UNWIND_LOST, /* there should be one, but it can not be found */
};

struct walk {
	struct thread *t;
	uint64_t low, span; /* words at addresses from low to low + span may be read */
	struct thread_word *words; /* written down downwards: the newest is words[room] */
	uint32_t room;
	bool forgetful; /* something was asked for that is not among the words */
};

/* Begins a walk at sp. Words: none are written down yet. */
void walk_begin(struct walk *w, struct thread *t, uint64_t sp);

/* A word that lies outside what is known to be readable. */
bool walk_read_foreign(struct walk *w, uint64_t address, uint64_t *word);

/* A step that a row alone does not describe. */
enum unwind_step walk_step_slowly(struct walk *w, struct cfi_row row, uint64_t pc,
				  struct cfi_registers *r);

static inline bool walk_read(struct walk *w, uint64_t address, uint64_t *word)
{
	if (__builtin_expect(address - w->low > w->span, 0))
		return walk_read_foreign(w, address, word);
	memcpy(word, (const void *)address, sizeof *word);
	if (__builtin_expect(w->room != 0, 1))
		w->words[--w->room] = (struct thread_word){(const uint64_t *)address, *word};
	else
		w->forgetful = true;
	return true;
}

/* A return address may be the first byte of the next function: the call is before. */
static inline uint64_t walk_lookup_pc(const struct cfi_registers *r)
{
	return r->saved ? r->pc : r->pc - 1;
}

/* Replaces the registers by the caller's. They may stay registers of the processor, too: all code but
 * ours gets a copy. */
static inline __attribute__((always_inline)) enum unwind_step walk_step(struct walk *w,
									struct cfi_registers *r)
{
	uint64_t pc = walk_lookup_pc(r), cfa, bp;
	struct cfi_row row = cfi_unpack(rows_find(pc));

	if (__builtin_expect(row.kind != CFI_FROM_SP && row.kind != CFI_FROM_BP, 0)) {
		struct cfi_registers copy = *r;
		enum unwind_step result = walk_step_slowly(w, row, pc, &copy);

		*r = copy;
		return result;
	}
	cfa = (row.kind == CFI_FROM_SP ? r->sp : r->bp) + (uint64_t)(int64_t)row.cfa_offset;
	/* Stacks grow down: a caller's frame lies above. Else the registers were not what we think. */
	if (__builtin_expect(cfa <= r->sp || cfa & 7 || !walk_read(w, cfa - row.return_depth, &pc),
			     0))
		return UNWIND_LOST;
	if (row.bp_depth) {
		if (__builtin_expect(!walk_read(w, cfa - row.bp_depth, &bp), 0))
			return UNWIND_LOST;
		r->bp = bp;
	}
	r->pc = arch_code_address(pc);
	r->sp = cfa;
	r->saved = 0;
	return UNWIND_OK;
}

#endif
