/* SPDX-License-Identifier: MIT */
/*
 * connections.c - a table of connections whose number goes up and down around a level.
 *
 * Clients come and go at random; with many there come fewer. The run starts at no connection, is at
 * about 100 of 200 soon, and ends with those that happen to be open. A report should not show
 * accept_client as growing.
 */
#include "work.h"

enum { PLACES = 200 };

static char *clients[PLACES];
static int open_count, accepted;

static char *accept_client(int number)
{
	char *client = malloc(250);

	client[0] = (char)number;
	accepted++;
	return client;
}

static void tick(void)
{
	char **place = &clients[roll(PLACES)];

	if (*place) {
		free(*place);
		*place = NULL;
		open_count--;
	} else {
		*place = accept_client(accepted);
		open_count++;
	}
}

int main(void)
{
	for (int i = 0; i < 12000; i++) {
		if (i % 3 == 0)
			tick();
		work_parse();
		if (i % 5 == 0)
			work_reply();
	}

	expect("site=accept_client allocations=%d live_blocks=%d truth=fine", accepted, open_count);
	expect("live_blocks=%d complete=1", open_count);
	return 0;
}
