/* SPDX-License-Identifier: MIT */
/*
 * real_abnormal_close.c - a proxy that forgets the read buffer when the peer resets the connection.
 *
 * One close in 200 is a reset. The connection itself is released on both ways.
 */
#include "work.h"

enum { SLOTS = 64, EVENTS = 26000 };

struct connection {
	char *input;
	int bytes;
};

static struct connection *slots[SLOTS];
static int accepted, resets, live;

static char *read_buffer(void)
{
	char *buffer = malloc(1024);

	memset(buffer, 'i', 1024);
	return buffer;
}

static struct connection *accept_connection(void)
{
	struct connection *connection = malloc(sizeof *connection);

	connection->input = read_buffer();
	accepted++;
	live++;
	return connection;
}

static void on_close(struct connection *connection)
{
	free(connection->input);
	free(connection);
	live--;
}

static void on_reset(struct connection *connection)
{
	resets++;
	live--;
	free(connection); /* the bug: on_close() would release the buffer as well */
}

int main(void)
{
	for (int event = 0; event < EVENTS; event++) {
		struct connection **slot = &slots[roll(SLOTS)];

		if (!*slot) {
			*slot = accept_connection();
		} else if (roll(200) == 0) {
			on_reset(*slot);
			*slot = NULL;
		} else {
			on_close(*slot);
			*slot = NULL;
		}
		work_scratch();
		if (event % 4 == 0)
			work_parse();
	}

	expect("site=read_buffer allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       accepted, live + resets);
	expect("site=accept_connection allocations=%d live_blocks=%d truth=fine", accepted, live);
	return 0;
}
