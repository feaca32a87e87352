/* SPDX-License-Identifier: MIT */
/*
 * origins.h - which code of a call stack is the program's own business, and which is machinery that
 * every program has: the C and C++ libraries, start-up code, the recorder.
 *
 * Judges by the names of modules and functions alone, so it knows of no trace and no model. Shared
 * by what judges sites, what groups and identifies them, and what prints their stacks.
 */
#ifndef TENURE_ORIGINS_H
#define TENURE_ORIGINS_H

#include <stdbool.h>

enum origin { ORIGIN_PROGRAM, ORIGIN_LIBC, ORIGIN_LIBCXX, ORIGIN_RECORDER };

/* By the path of a module. */
enum origin origins_of_module(const char *path);

/* Code that runs before main or before a thread's function. */
bool origins_is_startup(const char *function);

/* Inner parts of libstdc++ and libc++, which allocate on behalf of a container's public member. */
bool origins_is_library_inside(const char *function);

/* Any part of the C++ library, its public members too. */
bool origins_is_library(const char *function);

#endif
