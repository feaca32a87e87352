/* SPDX-License-Identifier: MIT */
/*
 * python_stack.h - the Python functions that the calling thread is in.
 *
 * Read from the interpreter's own chain of frames by plain loads: without its lock, without an
 * allocation, without a call of it that could do either. Only the thread itself changes its chain, so
 * it may be read at any event. Of the last stack the part that is still the same is kept: from
 * each frame that is known the ones outside of it are looked at in one pass, whether each
 * leads on to the same one and stands at the same instruction.
 */
#ifndef TENURE_PYTHON_STACK_H
#define TENURE_PYTHON_STACK_H

#include "python_layout.h"
#include "thread.h"

void python_stack_start(const struct python_layout *layout);

/* The stack of a thread in this state, interned; 0: it is in no function, or *wrong: what was read
 * is none. */
uint32_t python_stack(struct thread *t, const char *state, bool *wrong);

/* For verify.c: whether a node is what a walk over all frames finds. */
bool python_stack_is(const char *state, uint32_t node);

/* The innermost function alone, and from time to time the whole stack: see unwind_release. */
uint32_t python_stack_of_release(struct thread *t, const char *state, bool *wrong);

/* The node that links a native stack with Python's of the same moment. */
uint32_t python_stack_link(struct thread *t, uint32_t native, uint32_t python);

#endif
