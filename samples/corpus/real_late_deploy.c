/* SPDX-License-Identifier: MIT */
/*
 * real_late_deploy.c - a handler that is replaced at 85 % of the run by one that leaks.
 *
 * Both use the same function to make a reply. The new handler forgets one reply in eight.
 */
#include "work.h"

enum { REQUESTS = 14000, DEPLOYED = 11900 };

static int lost;

static char *make_reply(void)
{
	size_t size = 100 + roll(300);

	return memset(malloc(size), 'r', size);
}

static void handle(int request)
{
	char *reply = make_reply();

	work_parse();
	if (request >= DEPLOYED && roll(8) == 0)
		lost++; /* the bug: not modified, says the new handler, and sends nothing */
	else
		free(reply);
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		handle(request);
		work_table();
	}

	expect("site=make_reply allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       REQUESTS, lost);
	return 0;
}
