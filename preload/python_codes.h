/* SPDX-License-Identifier: MIT */
/*
 * python_codes.h - numbers for Python's code objects, and what they are called.
 *
 * A number stands for one code object for good; its names and line table are copied into the region
 * when it is first met. Looking up is lock-free; a code object that is released loses its number,
 * since another may come to lie at its address.
 */
#ifndef TENURE_PYTHON_CODES_H
#define TENURE_PYTHON_CODES_H

#include "atomics.h"
#include "python_layout.h"

#define PYTHON_CODES_FILTER 65536u /* a power of two */

/* Changes whenever a number has lost its code object: flush what was learnt of addresses. */
extern _Atomic uint32_t python_codes_generation;

/* Pages that code objects lie on; maybe others. 0: none does. */
extern _Atomic uint8_t python_codes_filter[PYTHON_CODES_FILTER];

/* What objects of these types say of themselves: their ob_type. */
struct python_types {
	const void *code, *string, *bytes;
};

/* False: there is no memory. */
bool python_codes_start(const struct python_layout *layout, const struct python_types *types);

/* In a forked child: numbers are those of another region. */
void python_codes_reset(void);

/* Code objects may have been released unseen: what their addresses stand for is to be found out anew. */
void python_codes_forget(void);

/* 0: the tables are full, or this is no code object, which *wrong then says. */
uint32_t python_codes_number(const char *code, bool *wrong);

void python_codes_remove(const void *block);

/* A block is released, that may be a code object. */
static inline void python_codes_released(const void *block)
{
	uint64_t page = (uint64_t)block >> 12;

	if (__builtin_expect(load_relaxed(&python_codes_filter[page % PYTHON_CODES_FILTER]), 0))
		python_codes_remove(block);
}

#endif
