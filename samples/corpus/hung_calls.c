/* SPDX-License-Identifier: MIT */
/*
 * hung_calls.c - a switchboard whose load goes up and down, and where one call in 30 never ends.
 *
 * Six days; between 10 and 110 calls are open that will end. The hung ones add up below the wave,
 * each trough is higher than the one before. A report should show begin_call as a leak.
 */
#include "work.h"

enum { DAY = 2000, DAYS = 6, MOST = 200 };

static char *calls[MOST];
static int open_count, hung, begun;

static char *begin_call(void)
{
	char *call = malloc(140);

	call[0] = 'c';
	begun++;
	return call;
}

static void dial(void)
{
	char *call = begin_call();

	if (roll(30) == 0)
		hung++; /* the bug: not entered, so that nothing will end it */
	else
		calls[open_count++] = call;
}

static void hang_up(void)
{
	int place = (int)roll((uint32_t)open_count);

	free(calls[place]);
	calls[place] = calls[--open_count];
}

int main(void)
{
	for (int minute = 0; minute < DAYS * DAY; minute++) {
		int hour = minute % DAY;
		int wanted = 10 + 100 * (hour < DAY / 2 ? hour : DAY - hour) / (DAY / 2);

		if (open_count > 0 && minute % 4 == 0)
			hang_up();
		while (open_count < wanted)
			dial();
		while (open_count > wanted)
			hang_up();
		work_parse();
		work_table();
	}

	expect("site=begin_call allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       begun, hung + open_count);
	expect("live_blocks=%d complete=1", hung + open_count);
	return 0;
}
