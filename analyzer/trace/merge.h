/* SPDX-License-Identifier: MIT */
/*
 * merge.h - the events of all threads in one order, decoded as they are reached. Private to
 * analyzer/trace.
 *
 * Order: by stamp; at equal stamps what leaves the live set before what enters it, then by thread;
 * but events of one thread always stay in theirs. A heap holds one head per thread that has events
 * left: its next event, or, before all events of the same stamp, a chunk that is still to be
 * opened. So a chunk is unpacked only when its first stamp is reached.
 */
#ifndef TENURE_MERGE_H
#define TENURE_MERGE_H

#include "catalog.h"
#include "source.h"

/* One number, so that comparing two is all there is to the order: from the highest bits the stamp,
 * the rank among equal stamps, the thread, and the stream that it belongs to. */
typedef unsigned __int128 merge_head;

struct merge_stream {
	struct trace_event *events; /* of the open chunk, NULL if none */
	uint32_t position, count, capacity;
	uint32_t next; /* event chunk to open, index + 1; 0: none */
};

struct merge {
	const struct catalog *catalog;
	struct source *source;
	struct event_decoder *decoder;
	struct merge_stream *streams; /* by position of the thread */
	merge_head *heap; /* the smallest on top; behind the last one that is larger than any */
	size_t heap_count;
	uint64_t decoded_bytes; /* capacity of all open chunks */
	struct trace_event *spare; /* buffer of the chunk closed last, to be used again */
	uint32_t spare_capacity;
};

/* Catalog and source must outlive the merge. */
void merge_init(struct merge *merge, const struct catalog *catalog, struct source *source);
void merge_release(struct merge *merge);

/*
 * Takes the next events, at most `room`. Returns how many; fewer than there is room for only at the
 * end, or at damage, which is then noted in the source.
 */
size_t merge_batch(struct merge *merge, struct trace_event *events, size_t room);
void merge_rewind(struct merge *merge);

#endif
