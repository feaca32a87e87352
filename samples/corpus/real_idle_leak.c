/* SPDX-License-Identifier: MIT */
/*
 * real_idle_leak.c - a server that is busy for a while, then idle but for a tick now and then.
 *
 * Each tick takes a snapshot of the counters and forgets it: 8 while it is busy, 24 in the long
 * time after. Hardly anything else is allocated in that time.
 */
#include <unistd.h>

#include "work.h"

static char *snapshot(int tick)
{
	char *counters = malloc(640);

	memset(counters, tick, 640);
	return counters;
}

static void housekeeping(int tick)
{
	char *counters = snapshot(tick);

	work_scratch();
	counters[0] = 0; /* the bug: whoever asked for it has gone */
}

int main(void)
{
	int ticks = 0;

	for (int request = 1; request <= 8000; request++) {
		work_parse();
		work_reply();
		work_defer();
		if (request % 1000 == 0)
			housekeeping(ticks++);
	}
	for (int i = 0; i < 24; i++) {
		usleep(30000);
		housekeeping(ticks++);
	}

	expect("site=snapshot allocations=32 live_blocks=32 truth=leak verdict=leak|growing");
	return 0;
}
