/* SPDX-License-Identifier: MIT */
/*
 * ring.h - the producer's end of a thread's ring.
 *
 * Single producer (the thread, and handlers that interrupt it), single consumer (the collector).
 * ring_reserve hands out slots in order; ring_publish makes all of them visible at once by one
 * release store of head, which the collector reads with acquire: it sees whole records only.
 * A slot is reused only after tail, read with acquire, has passed it: the collector has copied it.
 */
#ifndef TENURE_RING_H
#define TENURE_RING_H

#include "thread.h"

/*
 * The next free record with kind EVENT_NONE, or NULL if the ring is full and stays so: the event
 * is then already counted as lost. May wait for the collector. The kind is to be stored last.
 */
struct event_record *ring_reserve(struct thread *t);

/* Publishes everything reserved. */
void ring_publish(struct thread *t);

/* Turns reserved records that nobody will complete into counted losses. */
void ring_abandon(struct thread *t);

#endif
