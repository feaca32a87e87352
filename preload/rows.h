/* SPDX-License-Identifier: MIT */
/*
 * rows.h - the unwind row of a code address: how its caller is found, packed into a word.
 *
 * Rows are made when an address is first met (cfi.h) and remembered for all threads in a table of fixed
 * size. An entry is one word, read and written whole: the row, and beside it the upper part of its
 * address; the lower part follows from its place. Lock-free, safe in signal handlers.
 *
 * When modules come or go, who notices first forgets all rows; until that is done, others who notice do
 * so too, before they use any. Who is making a row meanwhile looks again afterwards and takes it back
 * (rows_make).
 */
#ifndef TENURE_ROWS_H
#define TENURE_ROWS_H

#include <stdint.h>

#include "atomics.h"
#include "cfi.h"

#define ROWS_COUNT 65536u /* as many as the lower 16 bits of an address tell apart */

extern _Atomic uint64_t rows_table[ROWS_COUNT];

/* Once, before the first row; unknown names change nothing. The default is "cfi". */
void rows_choose_unwinder(const char *name);

/* Unless done already: forgets what was made before modules_generation became this. */
void rows_forget(uint32_t generation);

/* For rows_find: makes and remembers the row. */
uint32_t rows_make(uint64_t pc);

/* Packed as in cfi.h. pc: 48 bits, inside the instruction that called or was interrupted. */
static inline uint32_t rows_find(uint64_t pc)
{
	uint64_t entry = load_relaxed(&rows_table[(pc ^ pc >> 16) % ROWS_COUNT]);

	if (__builtin_expect(entry >> 32 == pc >> 16, 1))
		return (uint32_t)entry;
	return rows_make(pc);
}

#endif
