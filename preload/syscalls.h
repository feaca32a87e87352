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

#if defined(__x86_64__)
static inline __attribute__((always_inline)) long sys_call(long number, long a, long b, long c,
							   long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline __attribute__((always_inline)) long sys_call(long number, long a, long b, long c,
							   long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "tenure records on x86-64 and aarch64"
#endif

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

/* Anonymous private memory, zeroed; NULL if there is none. */
void *sys_map_private(size_t bytes);

#endif
