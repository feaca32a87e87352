/* SPDX-License-Identifier: MIT */
/*
 * real_late_adoption.c - replies that are released at once, until somebody turns on an audit that
 * keeps the first 150 of them.
 *
 * It is turned on at 60 % of the run and has its 150 at about 70 %. All others are released as
 * before.
 */
#include "work.h"

enum { KEPT = 150, REQUESTS = 14000, AUDITED = 8400 };

static char *kept[KEPT];
static int kept_count;

static char *make_reply(void)
{
	size_t size = 100 + roll(300);

	return memset(malloc(size), 'r', size);
}

static void handle(int request)
{
	char *reply = make_reply();

	work_parse();
	if (request >= AUDITED && kept_count < KEPT && roll(9) == 0)
		kept[kept_count++] = reply;
	else
		free(reply);
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		handle(request);
		work_table();
	}

	expect("site=make_reply allocations=%d live_blocks=%d truth=fine", REQUESTS, kept_count);
	return 0;
}
