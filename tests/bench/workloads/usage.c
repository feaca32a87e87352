/* SPDX-License-Identifier: MIT */
/*
 * usage.c - preloaded into a program that is measured: at its end appends one line to the file that
 * USAGE_FILE names, what the program alone has used:
 *
 *	NAME user-microseconds system-microseconds voluntary-switches involuntary-switches peak-KiB
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* Not ru_maxrss: that begins with what the process was before exec. */
static long peak_kib(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	long kib = 0;

	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	if (status)
		fclose(status);
	return kib;
}

static __attribute__((destructor)) void tell(void)
{
	const char *path = getenv("USAGE_FILE");
	struct rusage used;
	char line[256];
	int fd, length;

	if (!path || getrusage(RUSAGE_SELF, &used) != 0)
		return;
	length = snprintf(line, sizeof line, "%s %ld %ld %ld %ld %ld\n",
			  program_invocation_short_name,
			  used.ru_utime.tv_sec * 1000000L + used.ru_utime.tv_usec,
			  used.ru_stime.tv_sec * 1000000L + used.ru_stime.tv_usec, used.ru_nvcsw,
			  used.ru_nivcsw, peak_kib());
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, (size_t)length) != length)
		perror(path);
	close(fd);
}
