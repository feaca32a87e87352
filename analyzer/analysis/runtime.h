/* SPDX-License-Identifier: MIT */
/*
 * runtime.h - memory that the C and C++ libraries keep for themselves: buffers of stdio, the pool
 * for exceptions, tables of the loader. Programs cannot release it, so it is nobody's leak.
 *
 * What these libraries allocate for their caller (strdup, getline, fopen, std::string) is the
 * caller's; what Python's importer does, the module's that is loaded.
 */
#ifndef TENURE_RUNTIME_H
#define TENURE_RUNTIME_H

#include "frames.h"

/* Whether the memory that was asked for at this stack stays with the runtime. */
bool runtime_keeps(struct frames *frames, stack_id stack);

/* Whether Python's interpreter asked for it on its own behalf, without any code that runs in it. */
bool runtime_sets_up(struct frames *frames, stack_id stack);

/* Whether Python was loading a module there: all that one line imports, and what that imports in
 * turn, comes from one stack, some of it to stay and some for the moment. */
bool runtime_loads(struct frames *frames, stack_id stack);

/* Whether it was loading one anywhere below. */
bool runtime_imports(struct frames *frames, stack_id stack);

#endif
