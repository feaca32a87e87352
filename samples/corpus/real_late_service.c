/* SPDX-License-Identifier: MIT */
/*
 * real_late_service.c - a spelling service that is first used at 60 % of the run.
 *
 * It then keeps the last 250 corrections, and has that many at 80 %. From there on the oldest makes
 * way.
 */
#include "work.h"

enum { KEPT = 250, EVENTS = 14000, STARTS = 8400 };

static char *corrections[KEPT];
static int made;

static char *correct(int event)
{
	char *text = malloc(60 + roll(100));

	text[0] = (char)event;
	return text;
}

static void remember(char *correction)
{
	free(corrections[made % KEPT]);
	corrections[made++ % KEPT] = correction;
}

int main(void)
{
	for (int event = 0; event < EVENTS; event++) {
		if (event >= STARTS && roll(11) == 0)
			remember(correct(event));
		work_parse();
		work_reply();
	}

	expect("site=correct allocations=%d live_blocks=%d truth=fine", made,
	       made < KEPT ? made : KEPT);
	return 0;
}
