/* SPDX-License-Identifier: MIT */
/*
 * real_session_arrays.c - sessions that record their events in an array that doubles, until they
 * end.
 *
 * Forty at a time; some end after a few events, some go on for thousands. What was moved to another
 * server, in one of 25 cases, is forgotten in moved_event, and not in append_event.
 */
#include "work.h"

enum { SESSIONS = 40 };

struct events {
	int *list;
	int count, capacity, ends;
};

static struct events sessions[SESSIONS], moved;
static int live, moves;

static void append_event(struct events *events, int event)
{
	if (events->count == events->capacity) {
		live += events->capacity == 0;
		events->capacity = events->capacity ? 2 * events->capacity : 8;
		events->list = realloc(events->list,
				       (size_t)events->capacity * sizeof *events->list);
	}
	events->list[events->count++] = event;
}

static void moved_event(struct events *events, int event)
{
	events->list = realloc(events->list, (size_t)(events->count + 1) * sizeof *events->list);
	events->list[events->count++] = event;
}

static void end_session(struct events *events)
{
	live -= events->capacity != 0;
	free(events->list);
	*events = (struct events){.ends = 5 + (int)roll(1u << (4 + roll(8)))};
}

static void move_session(struct events *from)
{
	moved = (struct events){0};
	for (int i = 0; i < from->count; i += 8)
		moved_event(&moved, from->list[i]);
	moves++; /* the bug: the copy was sent, and stays */
	end_session(from);
}

int main(void)
{
	for (int i = 0; i < SESSIONS; i++)
		sessions[i].ends = 10;
	for (int event = 0; event < 60000; event++) {
		struct events *events = &sessions[roll(SESSIONS)];

		append_event(events, event);
		if (events->count >= events->ends) {
			if (roll(25) == 0)
				move_session(events);
			else
				end_session(events);
		}
		if (event % 4 == 0)
			work_parse();
	}

	expect("site=append_event live_blocks=%d truth=fine", live);
	expect("site=moved_event live_blocks=%d truth=leak", moves);
	return 0;
}
