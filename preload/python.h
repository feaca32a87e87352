/* SPDX-License-Identifier: MIT */
/*
 * python.h - CPython in this process: its allocators in front of the real ones, and Python's stacks
 * at all events of a thread that is in Python.
 *
 * Works with whatever interpreter is there, found by its exported functions: in the executable or a
 * library, from the beginning or loaded later. Which allocator runs does not change. Blocks of the three
 * domains are events like those of malloc, and what a domain gets from another one or from the
 * system for them is none. The interpreter's lock is never taken and nothing of it is called but
 * what tells the thread's own state.
 */
#ifndef TENURE_PYTHON_H
#define TENURE_PYTHON_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol.h"
#include "python_codes.h"
#include "unwind.h"

/* Looks for an interpreter; once per image, after the recorder has started. */
void python_start(void);

/* Says in a new region what is known, and forgets what belonged to that of a parent. */
void python_describe(struct region_header *h);

enum python_mapping {
	PYTHON_MAPPING_NONE, /* it is not for an allocator of the interpreter's, as far as is known */
	PYTHON_MAPPING_ARENA, /* an arena of pymalloc */
	PYTHON_MAPPING_INNER, /* its allocator's business, as what malloc maps is malloc's */
};

/* Memory of this size was mapped by code at pc, not within a recorded allocation. If that is an interpreter
 * that came unseen, it is met; and if its allocator was changed since, recorded again. */
enum python_mapping python_maps(uint64_t pc, size_t bytes);

/* Of a debug allocator of Python's, between what malloc gives and what it hands out. */
#define PYTHON_DEBUG_HEADER 16

extern bool python_stacks; /* there is an interpreter, and its frames can be read */

/* Before free() of a block: where the interpreter uses malloc for objects it may be one. */
static inline void python_freed(const void *block)
{
	if (__builtin_expect(python_stacks, 0)) {
		python_codes_released(block);
		python_codes_released((const char *)block + PYTHON_DEBUG_HEADER);
	}
}

/*
 * Something is released, while python_stacks. From the moment on that the interpreter begins to release
 * all objects this says nothing of the program; it is looked for from time to time, as to be some
 * releases late does no harm.
 */
void python_look_for_teardown(void);

/* For a call of api by the program: as unwind_stack, with Python's part. */
uint32_t python_call_stack(struct thread *t, uint32_t level, const struct unwind_start *start,
			   enum api api);
/* As unwind_release. */
uint32_t python_release_stack(struct thread *t, uint32_t level, const struct unwind_start *start,
			      enum api api);

#endif
