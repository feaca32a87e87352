/* SPDX-License-Identifier: MIT */
/*
 * real_dropped_events.c - a queue of 64 events that drops what does not fit, but for its payload.
 *
 * Load comes in waves, and only their tops overflow the queue. Events are part of the queue's own
 * memory.
 */
#include "work.h"

enum { MOST = 64, TICKS = 9000 };

static char *queue[MOST];
static int first, queued, made, dropped;

static char *make_payload(void)
{
	size_t size = 100 + roll(300);

	made++;
	return memset(malloc(size), 'p', size);
}

static void post(char *payload)
{
	if (queued == MOST) {
		dropped++; /* the bug: the caller believes that it was taken */
		return;
	}
	queue[(first + queued++) % MOST] = payload;
}

static void handle_one(void)
{
	if (queued == 0)
		return;
	work_parse();
	free(queue[first]);
	first = (first + 1) % MOST;
	queued--;
}

int main(void)
{
	for (int tick = 0; tick < TICKS; tick++) {
		int posts = tick % 900 < 120 ? 2 : roll(3) == 0;

		for (int i = 0; i < posts; i++)
			post(make_payload());
		handle_one();
		work_scratch();
		work_reply();
	}

	expect("site=make_payload allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       made, dropped + queued);
	return 0;
}
