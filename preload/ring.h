/* SPDX-License-Identifier: MIT */
/*
 * ring.h - the producer's end of a thread's ring.
 *
 * Single producer (the thread, and handlers that interrupt it), single consumer (the collector).
 * ring_reserve hands out slots in order; ring_publish makes all of them visible at once by one
 * release store of head, which the collector reads with acquire: it sees whole records only.
 * A slot is reused only after tail, read with acquire, has passed it: the collector has copied it.
 *
 * The collector sleeps for as long as rings have room. A thread that finds its ring half full, when
 * it has to look at tail anyway, rings the bell: one system call per thousands of events, if any.
 */
#ifndef TENURE_RING_H
#define TENURE_RING_H

#include <stddef.h>

#include "atomics.h"
#include "thread.h"

/*
 * A handler may take slots between any two instructions of ours, but what it takes is complete when
 * we go on. NULL: it is time to look at tail again. A slot taken but not yet cleared still
 * holds its record of a lap ago, which ring_abandon tells by its stamp.
 */
static inline struct event_record *ring_take_slot(struct thread *t)
{
	struct event_record *record;
	uint64_t at;

	do {
		at = *(volatile uint64_t *)&t->reserved;
		if (__builtin_expect(at >= t->limit, 0))
			return NULL;
	} while (!cas_own(&t->reserved, at, at + 1));
	record = &t->records[at & (RING_EVENTS - 1)];
	record->kind = EVENT_NONE;
	signal_fence();
	return record;
}

/* Where room must be made or losses be told. */
struct event_record *ring_reserve_slowly(struct thread *t);

/*
 * The next free record with kind EVENT_NONE, or NULL if the ring is full and stays so: the event
 * is then already counted as lost. May wait for the collector. The kind is to be stored last.
 */
static inline struct event_record *ring_reserve(struct thread *t)
{
	struct event_record *record = NULL;

	if (__builtin_expect(load_relaxed(&t->ring->lost) == t->lost_reported, 1))
		record = ring_take_slot(t);
	return __builtin_expect(record != NULL, 1) ? record : ring_reserve_slowly(t);
}

/* Wakes the collector if it sleeps. */
void ring_bell(void);

/* Publishes everything reserved. */
void ring_publish(struct thread *t);

/* Turns reserved records that nobody will complete into counted losses. */
void ring_abandon(struct thread *t);

#endif
