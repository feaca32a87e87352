/* SPDX-License-Identifier: MIT */
/*
 * off_by_one.c - events with a count of references, of which one kind starts with one too many.
 *
 * One of 16 events is of that kind and stays after its last reader. A report should show new_event
 * as a leak.
 */
#include "work.h"

struct event {
	int kind, references;
	char data[56];
};

static struct event *new_event(int number)
{
	struct event *event = calloc(1, sizeof *event);

	event->kind = number % 16;
	event->references = event->kind < 15 ? 2 : 3; /* the bug: there are always two readers */
	return event;
}

static void release(struct event *event)
{
	if (--event->references == 0)
		free(event);
}

static void log_event(struct event *event)
{
	work_scratch();
	release(event);
}

static void dispatch_event(struct event *event)
{
	work_parse();
	release(event);
}

int main(void)
{
	struct event *waiting = new_event(0);

	for (int number = 1; number < 16000; number++) {
		struct event *event = new_event(number);

		log_event(waiting);
		dispatch_event(waiting);
		waiting = event;
	}
	log_event(waiting);
	dispatch_event(waiting);

	expect("site=new_event allocations=16000 live_blocks=1000 live_bytes=%zu truth=leak "
	       "verdict=leak|growing",
	       1000 * sizeof(struct event));
	expect("live_blocks=1000 complete=1");
	return 0;
}
