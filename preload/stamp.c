/* SPDX-License-Identifier: MIT */
#include "stamp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "syscalls.h"

bool stamp_uses_tsc;
_Atomic bool stamp_fenced;

#if ARCH_HAS_COUNTER
/* The kernel uses the counter as its clock source only where it is invariant and found to be
 * synchronised over all cores; a program may also have forbidden itself to read it. */
static bool tsc_is_trusted(void)
{
	char source[4] = "";
	int permitted = 0;
	long fd;

	if (sys_call(SYS_prctl, PR_GET_TSC, (long)&permitted, 0, 0, 0, 0) == 0 &&
	    permitted != PR_TSC_ENABLE)
		return false;
	fd = sys_call(SYS_openat, AT_FDCWD,
		      (long)"/sys/devices/system/clocksource/clocksource0/current_clocksource",
		      O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (sys_failed(fd))
		return false;
	sys_call(SYS_read, fd, (long)source, 4, 0, 0, 0);
	sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
	return memcmp(source, "tsc\n", 4) == 0;
}
#endif

void stamp_start(void)
{
#if ARCH_HAS_COUNTER
	stamp_uses_tsc = tsc_is_trusted();
#endif
}

uint64_t stamp_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
