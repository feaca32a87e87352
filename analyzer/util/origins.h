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
#include <stddef.h>

enum origin { ORIGIN_PROGRAM, ORIGIN_LIBC, ORIGIN_LIBCXX, ORIGIN_RECORDER };

/* By the path of a module. */
enum origin origins_of_module(const char *path);

/* Code that runs before main or before a thread's function. */
bool origins_is_startup(const char *function);

/* Inner parts of libstdc++ and libc++, which allocate on behalf of a container's public member. */
bool origins_is_library_inside(const char *function);

/* Any part of the C++ library, its public members too. */
bool origins_is_library(const char *function);

/* The name that programs call a function of libc by, in the name that it goes under there: fopen in
 * __GI__IO_new_fopen@@GLIBC_2.2.5, realpath in __realpath_chk. Returns where it begins. */
const char *origins_libc_name(const char *function, size_t *length);

/* A function that allocates on behalf of its caller and is named after that: xmalloc, g_strdup,
 * zcalloc_num, CRYPTO_zalloc. It may be a program's own, but says nothing of what the memory is for. */
bool origins_is_wrapper(const char *function);

/* The program's own business: none of the above but the last. */
bool origins_is_own(const char *module_path, const char *function);

#endif
