/* SPDX-License-Identifier: MIT */
/*
 * ending.c MODE COUNT - COUNT allocations, then one of the many ways to end a process.
 *
 * Only two of them run atexit handlers, and after SIGKILL nothing at all runs in the process. Every
 * allocation is in the trace all the same, because an event is handed to the collector's memory
 * the moment it happens.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static void keep(int count)
{
	for (int i = 0; i < count; i++)
		malloc(32);
}

static void end_by(const char *mode, char *program)
{
	if (!strcmp(mode, "return"))
		return;
	if (!strcmp(mode, "exit"))
		exit(7);
	if (!strcmp(mode, "_exit"))
		_exit(8);
	if (!strcmp(mode, "quick_exit"))
		quick_exit(9);
	if (!strcmp(mode, "SIGKILL"))
		kill(getpid(), SIGKILL);
	if (!strcmp(mode, "SIGTERM"))
		kill(getpid(), SIGTERM);
	if (!strcmp(mode, "SIGSEGV"))
		*(volatile int *)8 = 0;
	if (!strcmp(mode, "abort"))
		abort();
	if (!strcmp(mode, "exec"))
		execl(program, program, "return", "0", NULL);
	say("unknown mode %s", mode);
	exit(64);
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 0;

	if (argc < 3)
		return 64;
	keep(count);
	if (count > 0) {
		expect("site=keep allocations=%d live_blocks=%d live_bytes=%d", count, count,
		       32 * count);
		expect("lost_events=0");
	}
	end_by(argv[1], argv[0]);
	return 6;
}
