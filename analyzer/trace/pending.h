/* SPDX-License-Identifier: MIT */
/*
 * pending.h - events that wait to be written, by thread. Private to analyzer/trace.
 *
 * The events of a thread fill a block. One that holds as many as a chunk can waits in a queue until
 * somebody has the time to write it; so a burst of events waits for the encoder here and not in the
 * rings. Memory is used again and again, since pages that the kernel has to clear cost more than
 * what is done with them. How much may wait is limited: who meets the limit has to write first.
 *
 * Threads that say little have small blocks, since there may be thousands of them.
 */
#ifndef TENURE_PENDING_H
#define TENURE_PENDING_H

#include <stddef.h>

#include "format.h"
#include "trace.h"

#define PENDING_BYTES_MAX (64u << 20) /* capacity of all blocks together */
#define PENDING_FULL_MAX 16u /* blocks in the queue: as much as a processor's caches hold */

struct pending_block {
	struct pending_block *next; /* in the queue, or among the spare ones */
	thread_id thread;
	uint32_t count, capacity; /* events */
	struct event_record events[];
};

struct pending_thread {
	struct pending_block *block; /* that fills; NULL: none */
	uint64_t last_stamp;
	bool listed; /* in pending.active */
	bool quiet; /* no event since the last pending_tidy */
	bool busy; /* it has filled a block before */
	bool defined; /* the writer's to set */
};

/* Zero-initialise to start. */
struct pending {
	struct pending_thread *threads; /* by id */
	size_t thread_count, thread_capacity;
	thread_id *active; /* threads that may have a block */
	size_t active_count, active_capacity;
	struct pending_block *first_full, *last_full; /* the queue, */
	unsigned full_count; /* and how many are in it */
	struct pending_block *spare; /* large blocks without events */
	size_t bytes;
};

void pending_release(struct pending *p);

/* NULL if no thread can have this number. */
struct pending_thread *pending_thread(struct pending *p, thread_id id);

/* Where the next events of a thread go, with room for at least one; NULL at a limit. */
struct event_record *pending_room(struct pending *p, thread_id id, size_t *room);

/* `count` events have been put there. Stamps that descend are raised. */
void pending_commit(struct pending *p, thread_id id, size_t count);

/* Takes the oldest full block out of the queue, NULL if there is none; to be given back. */
struct pending_block *pending_take_full(struct pending *p);
void pending_give_back(struct pending *p, struct pending_block *block);

/* Once no events are left: frees what was not needed since the last time, or everything. */
void pending_tidy(struct pending *p, bool everything);

#endif
