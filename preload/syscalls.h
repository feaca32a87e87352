/* SPDX-License-Identifier: MIT */
/*
 * syscalls.h - system calls that touch neither errno nor anything of libc.
 *
 * Every call returns the kernel's value: a result, or -errno in [-4095, -1]. The recorder uses
 * these instead of libc's wrappers because it must leave the program's errno alone and because
 * several of the wrappers are interposed by this very library. Calls that may fail in the field
 * (memory, descriptors, processes) go through sys_fallible, which the tests can make fail one by
 * one (TENURE_OPTIONS=fail_internal=N).
 */
#ifndef TENURE_SYSCALLS_H
#define TENURE_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "arch.h"

/* True where a call's result is an error. */
static inline bool sys_failed(long result)
{
	return (unsigned long)result > -4096ul;
}

/* Like sys_call, but counts down to the failure that a test asked for; then returns -ENOMEM. */
long sys_fallible(long number, long a, long b, long c, long d, long e, long f);

/* Whether the call that is about to be made is the one that a test wants to fail. */
bool sys_failure_due(void);

/* Makes the nth sys_fallible call from now fail; 0 turns that off. For tests. */
void sys_fail_nth(uint64_t nth);

/* Whether a page can be read. */
#define SYS_PAGE_BYTES 4096u
bool sys_page_readable(uint64_t page);

/* Anonymous private memory, zeroed; NULL if there is none. */
void *sys_map_private(size_t bytes);

#endif
