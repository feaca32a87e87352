/* SPDX-License-Identifier: MIT */
#include "syscalls.h"

#include <errno.h>
#include <sys/mman.h>

#include "atomics.h"

static _Atomic uint64_t calls_until_failure;

void sys_fail_nth(uint64_t nth)
{
	store_relaxed(&calls_until_failure, nth);
}

bool sys_failure_due(void)
{
	uint64_t left = load_relaxed(&calls_until_failure);

	if (left)
		store_relaxed(&calls_until_failure, left - 1);
	return left == 1;
}

long sys_fallible(long number, long a, long b, long c, long d, long e, long f)
{
	return sys_failure_due() ? -ENOMEM : sys_call(number, a, b, c, d, e, f);
}

void *sys_map_private(size_t bytes)
{
	long p = sys_fallible(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return sys_failed(p) ? NULL : (void *)p;
}

bool sys_page_readable(uint64_t page)
{
	/* The kernel reads the new mask before it looks at the invalid `how`. */
	return sys_call(SYS_rt_sigprocmask, -1, (long)page, 0, 8, 0, 0) != -EFAULT;
}
