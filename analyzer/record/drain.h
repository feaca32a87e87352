/* SPDX-License-Identifier: MIT */
/*
 * drain.h - the consumer's end of the rings of one region.
 *
 * drain_begin shows what a ring holds, in order of the stamps; drain_end gives the room back to the
 * producer. Inversions come from signal handlers that record inside a recording; the producer
 * publishes such a nest as a whole, so sorting within one batch is enough. Records that say which
 * thread follows (THREAD_BEGIN, _NAME, _END) keep their place: nothing moves past them.
 *
 * Where nothing has to be sorted, and that is nearly always, the records are shown in the ring
 * itself, where the producer, if it is hostile, may still change them: copy first (memcpy, which
 * reads once), then look at the copy alone. Also the order of what is copied is a promise of the
 * producer's, then.
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

#include "atomics.h"
#include "region.h"

/* What is remembered of a ring. */
struct drain_ring {
	uint64_t tail; /* records taken since the start */
	uint64_t
		lost_in_band; /* sum of its EVENT_LOST records; counted by the owner of the events */
	uint32_t thread; /* whose records follow, 0: unknown yet; the owner's to set */
	bool broken;
};

/* Some of the records of a batch: in the ring, where it ends and begins again, are two such parts. */
struct drain_part {
	const struct event_record *records;
	size_t count;
};

struct drain {
	struct region *region; /* not owned */
	struct drain_ring *rings; /* ring_slots entries */
	struct event_record *batch, *scratch; /* what had to be sorted; NULL until then */
};

void drain_init(struct drain *d, struct region *region);
void drain_release(struct drain *d);

/* All that is published in ring `number`: the number of records, and where they are until
 * drain_end. The ring must be mapped already (region_ring). */
size_t drain_begin(struct drain *d, uint32_t number, struct drain_part parts[2]);
void drain_end(struct drain *d, uint32_t number, size_t records);

/* Reads a record once. */
static inline struct event_record drain_copy(const struct event_record *record)
{
	struct event_record copy = {
		.stamp = load_once(&record->stamp),
		.address = load_once(&record->address),
		.size = load_once(&record->size),
		.stack = load_once(&record->stack),
		.kind = load_once(&record->kind),
		.api = load_once(&record->api),
		.detail = load_once(&record->detail),
	};

	return copy;
}

#endif
