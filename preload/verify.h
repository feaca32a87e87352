/* SPDX-License-Identifier: MIT */
/*
 * verify.h - TENURE_OPTIONS=verify_unwind=1: every stack against libunwind's.
 *
 * For tests. libunwind is loaded apart from the program, whose symbols never bind to it, walks the
 * same stack from within, and must meet the same frames. At the end of the process one line on stderr
 * tells how many stacks were compared and with what result, after the first few that differ. Stacks of
 * Python are compared with what a walk finds that remembers nothing; of these a second line tells.
 */
#ifndef TENURE_VERIFY_H
#define TENURE_VERIFY_H

#include "thread.h"
#include "unwind.h"

/* Once, when libraries can be loaded. Without libunwind says so and verifies nothing. */
void verify_start(void);

extern bool verify_enabled; /* set by verify_start, constant afterwards */

/* `stack` is what was interned for the stack from `start` outwards. */
void verify_stack(const struct unwind_start *start, uint32_t stack);

/* The same for a stack of Python, which another walk has found, or not. */
void verify_python(bool same);

#endif
