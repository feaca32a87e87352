/* SPDX-License-Identifier: MIT */
#include "intake.h"

#include <string.h>

#include "../util/array.h"
#include "atomics.h"

/* Records: they stay in the nearest cache, and so few memcpy does not copy by a string instruction,
 * which is slow where addresses lie badly. */
#define TAKEN_AT_ONCE 128u

static void note_fork(struct session *s, int32_t pid)
{
	ARRAY_GROW(s->forked, s->forked_count + 1, s->forked_capacity);
	s->forked[s->forked_count++] = pid;
}

/* The thread of a ring whose beginning was lost: known by its owner alone. */
static thread_id thread_of(struct session *s, uint32_t number, uint64_t stamp)
{
	struct drain_ring *ring = &s->drain.rings[number];

	if (!ring->thread) {
		uint32_t tid = load_relaxed(&s->region.rings[number]->owner_tid);

		ring->thread = threads_begin(&s->threads, 0, (int32_t)tid, stamp);
	}
	return ring->thread;
}

static void store(struct session *s, thread_id thread, const struct event_record *record)
{
	struct trace_event event = {
		.stamp = record->stamp,
		.address = record->address,
		.size = record->size,
		.stack = stackmap_translate(&s->stacks, record->stack),
		.thread = thread,
		.kind = record->kind,
		.api = record->api,
		.detail = record->detail,
	};

	writer_event(s->writer, &event);
}

/* A record of any kind. */
static void take_one(struct session *s, uint32_t number, const struct event_record *record)
{
	struct drain_ring *ring = &s->drain.rings[number];
	struct event_record mark;
	char name[16];

	switch (record->kind) {
	case EVENT_ALLOC ... EVENT_BREAK:
	case EVENT_THREAD_STACK:
	case EVENT_THREAD_JOINED:
	case EVENT_IGNORE:
	case EVENT_ARENA:
	case EVENT_ARENA_END:
		break;
	case EVENT_LOST:
		ring->lost_in_band += record->size;
		break;
	case EVENT_FORK:
		note_fork(s, (int32_t)record->address);
		break;
	case EVENT_THREAD_BEGIN:
		ring->thread = threads_begin(&s->threads, record->size, (int32_t)record->address,
					     record->stamp);
		return;
	case EVENT_THREAD_NAME:
		memcpy(name, &record->address, 8);
		memcpy(name + 8, &record->size, 8);
		threads_rename(&s->threads, thread_of(s, number, record->stamp), name);
		return;
	case EVENT_THREAD_END:
		threads_end(&s->threads, thread_of(s, number, record->stamp), record->stamp);
		ring->thread = 0;
		return;
	case EVENT_MARK:
	case EVENT_MARK_NAME:
		if (!marks_take(&s->marks, thread_of(s, number, record->stamp), record, &mark))
			return;
		record = &mark;
		break;
	default:
		writer_lost(s->writer, 1);
		return;
	}
	store(s, thread_of(s, number, record->stamp), record);
}

/* What begins with events of the thread goes to the writer at once. Returns how many that were, 0
 * also if there is no such thread. */
static size_t take_events(struct session *s, thread_id thread, const struct event_record *records,
			  size_t count)
{
	size_t room = 0, taken = 0;
	struct event_record *events = thread ? writer_room(s->writer, thread, &room) : NULL;

	if (!events)
		return 0;
	if (count > room)
		count = room;
	if (count > TAKEN_AT_ONCE)
		count = TAKEN_AT_ONCE;
	memcpy(events, records, count * sizeof *events);
	for (; taken < count; taken++) {
		struct event_record *event = &events[taken];

		if (event->kind < EVENT_ALLOC || event->kind > EVENT_BREAK)
			break;
		event->stack = stackmap_translate(&s->stacks, event->stack);
	}
	writer_commit(s->writer, thread, taken);
	return taken;
}

void intake(struct session *s, uint32_t number, const struct drain_part *part)
{
	const struct event_record *records = part->records;
	const struct event_record *end = records + part->count;

	while (records < end) {
		size_t taken = take_events(s, s->drain.rings[number].thread, records,
					   (size_t)(end - records));

		if (!taken) {
			struct event_record record = drain_copy(records);

			take_one(s, number, &record);
			taken = 1;
		}
		records += taken;
	}
}
