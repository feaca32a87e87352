/* SPDX-License-Identifier: MIT */
/*
 * real_long_polls.c - a server whose connections are kept alive for a moment, some of them for
 * long.
 *
 * One request in 100 is a long poll, whose connection stays for a quarter of the run. All of them
 * end in time: about 25 are open at any moment, and nobody would fix anything.
 */
#include "work.h"

enum { MOST = 400, TICKS = 16000 };

struct connection {
	int closes;
	char *poll;
	char peer[180];
};

static struct connection *open[MOST];
static int open_count, poll_count;

static struct connection *accept_connection(int closes)
{
	struct connection *connection = calloc(1, sizeof *connection);

	connection->closes = closes;
	return connection;
}

static char *start_poll(void)
{
	char *poll = malloc(480);

	memset(poll, 'p', 480);
	poll_count++;
	return poll;
}

static void close_connection(struct connection *connection)
{
	poll_count -= connection->poll != NULL;
	free(connection->poll);
	free(connection);
}

static void close_expired(int now)
{
	for (int i = 0; i < open_count;) {
		if (open[i]->closes > now) {
			i++;
			continue;
		}
		close_connection(open[i]);
		open[i] = open[--open_count];
	}
}

int main(void)
{
	for (int now = 0; now < TICKS; now++) {
		close_expired(now);
		if (now % 2 == 0 && open_count < MOST) {
			int is_poll = roll(100) == 0;
			int stays = is_poll ? 3000 + (int)roll(2000) : 1 + (int)roll(80);

			open[open_count] = accept_connection(now + stays);
			if (is_poll)
				open[open_count]->poll = start_poll();
			open_count++;
		}
		work_parse();
		work_reply();
	}

	expect("site=accept_connection allocations=%d live_blocks=%d truth=fine", TICKS / 2,
	       open_count);
	expect("site=start_poll live_blocks=%d truth=fine", poll_count);
	return 0;
}
