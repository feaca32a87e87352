/* SPDX-License-Identifier: MIT */
/*
 * slow_leak.c - 16 bytes lost per tick of the housekeeping, under heavy traffic.
 *
 * The traffic takes and releases megabytes; the ticks are 120. A report should still show
 * note_tick as a leak.
 */
#include "work.h"

static void note_tick(int request)
{
	int *tick = malloc(16);

	tick[0] = request; /* the bug: nobody ever asks for it */
}

int main(void)
{
	for (int request = 1; request <= 30000; request++) {
		work_defer();
		work_scratch();
		if (request % 2 == 0)
			work_parse();
		if (request % 7 == 0)
			work_reply();
		if (request % 250 == 0)
			note_tick(request);
	}
	work_drain();

	expect("site=note_tick allocations=120 live_blocks=120 live_bytes=1920 truth=leak "
	       "verdict=leak|growing");
	expect("live_blocks=120 complete=1");
	return 0;
}
