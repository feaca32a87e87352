/* SPDX-License-Identifier: MIT */
/*
 * drain.h - the consumer's end of the rings of one region.
 *
 * drain_ring copies what a ring holds, gives the room back to the producer and puts the records
 * in order of their stamps. Inversions come from signal handlers that record inside a recording;
 * the producer publishes such a nest as a whole, so sorting within one batch is enough. Records
 * that say which thread follows (THREAD_BEGIN, _NAME, _END) keep their place: nothing moves past
 * them.
 *
 * The tail is ours and kept here; the shared one is only told. A head that is more than a ring
 * ahead of it was not written by our producer: the ring is broken and never read again, but its
 * tail follows its head, so that nobody waits for room in it.
 */
#ifndef TENURE_DRAIN_H
#define TENURE_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "region.h"

/* What is remembered of a ring. */
struct drain_ring {
	uint64_t tail; /* records taken since the start */
	uint64_t
		lost_in_band; /* sum of its EVENT_LOST records; counted by the owner of the events */
	uint32_t thread; /* whose records follow, 0: unknown yet; the owner's to set */
	bool broken;
};

struct drain {
	struct region *region; /* not owned */
	struct drain_ring *rings; /* ring_slots entries */
	struct event_record *batch; /* valid until the next drain_ring */
	struct event_record *scratch;
};

void drain_init(struct drain *d, struct region *region);
void drain_release(struct drain *d);

/* Takes all that is published in ring `number`; the records are in d->batch. The ring must be
 * mapped already (region_ring). */
size_t drain_ring(struct drain *d, uint32_t number);

#endif
