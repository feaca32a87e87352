/* SPDX-License-Identifier: MIT */
/*
 * readahead.h - hands out the merged events in batches; a worker thread makes them beforehand, if
 * it is asked to. Private to analyzer/trace.
 *
 * The worker fills a ring of a few batches and waits while all are full: it never runs further
 * ahead, so memory does not depend on the trace. While it exists, merge and source are its own, and
 * the batch handed out last is the caller's; one lock guards whose each batch is. The worker ends
 * at the end of the events, or when it is told to; without it the caller makes the batches itself.
 */
#ifndef TENURE_READAHEAD_H
#define TENURE_READAHEAD_H

#include <pthread.h>

#include "merge.h"

#define READAHEAD_EVENTS 16384u /* of a batch: 640 KiB */
#define READAHEAD_BATCHES 4u
#define READAHEAD_THREAD_NAME "readahead"

struct readahead_batch {
	struct trace_event *events; /* NULL until there is use for it */
	size_t count; /* fewer than READAHEAD_EVENTS: nothing follows */
};

struct readahead {
	struct merge *merge;
	bool worker_wanted;
	bool started; /* since the last rewind */
	bool ended; /* the last batch was handed out */
	bool worker_runs; /* or has ended, but was not joined */
	pthread_t worker;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* made, taken or stop */
	/* Under the lock while there is a worker: the caller has done with batches 0 to taken - 1, and
	 * those from there to made - 1 are ready for it. */
	size_t made, taken;
	bool stop;
	/* Batch n is in batches[n % READAHEAD_BATCHES]; the worker's unless it is ready. */
	struct readahead_batch batches[READAHEAD_BATCHES];
};

/* The merge must outlive it, and must not be touched between the first readahead_next and the next
 * readahead_stop. */
void readahead_init(struct readahead *ahead, struct merge *merge, bool worker_wanted);
void readahead_release(struct readahead *ahead);

/*
 * The next batch, valid until the next call. Returns the number of its events, 0 at the end or at
 * damage: then there is no worker any more, and the source can be asked.
 */
size_t readahead_next(struct readahead *ahead, const struct trace_event **events);

/* Ends the worker and forgets what it has read. The merge is somewhere ahead: rewind it. */
void readahead_stop(struct readahead *ahead);

#endif
