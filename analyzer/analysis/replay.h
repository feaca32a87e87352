/* SPDX-License-Identifier: MIT */
/*
 * replay.h - one streaming pass over the events of a trace: who allocated what, what still lives.
 *
 * Counts as valgrind memcheck does: a reallocation is one allocation and one free, realloc(p, 0)
 * a free, a failed call neither. Memory grows with live blocks and stacks, never with events.
 * Invariants once finished: totals are the sums over sites, and for the run and every site
 * allocations == frees + live_blocks + overwritten. Events are untrusted: any order is safe.
 */
#ifndef TENURE_REPLAY_H
#define TENURE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/reader.h"
#include "cuts.h"
#include "intervals.h"
#include "livemap.h"

/* An allocating call stack. What every event changes comes first: one cache line. */
struct replay_site {
	uint64_t allocations, allocated_bytes;
	uint64_t live_blocks, live_bytes;
	uint64_t own_peak_bytes;
	uint64_t min_bytes, max_bytes; /* asked for; 0 if nothing was allocated */
	uint64_t peak_number; /* the run's peak that peak_* belong to */
	uint64_t frees; /* valid after replay_finish, as are peak_* */
	uint64_t peak_blocks, peak_bytes; /* at the run's peak */
	uint64_t temporary;
	uint64_t overwritten;
	uint64_t failures, injected_failures;
	stack_id stack;
	uint8_t api; /* of its first event */
};

/*
 * Told of what happens to blocks, in order of events; members may be NULL. `by` is the event that
 * did it; its stack is that of the whole call, also where a reallocation spreads over two records.
 */
struct replay_observer {
	void *context;
	void (*born)(void *context, const struct live_block *block);
	void (*released)(void *context, const struct live_block *block, stack_id born_at,
			 const struct trace_event *by);
	/* The release of an address that is not the start of a live block. accepted: a reallocation
	 * of it succeeded. */
	void (*unknown)(void *context, const struct trace_event *by, bool accepted);
	/* A block whose address was handed out again although its release was never seen. */
	void (*overwritten)(void *context, const struct live_block *block);
	void (*failed)(void *context, const struct trace_event *event);
};

struct replay_thread; /* what one thread did last */

struct replay {
	/* Results */
	uint64_t events;
	uint64_t events_by_kind[EVENT_KINDS];
	uint64_t allocations, frees, allocated_bytes;
	uint64_t live_blocks, live_bytes;
	uint64_t peak_blocks, peak_bytes, peak_stamp;
	uint64_t temporary, failures, injected_failures;
	uint64_t overwritten; /* blocks whose release was never seen */
	uint64_t unknown_releases; /* of addresses that were not live */
	uint64_t lost; /* sum of EVENT_LOST */
	uint64_t last_stamp;
	struct cuts cuts; /* counted by replay_run */
	struct intervals mappings; /* by mmap; not part of the heap totals */
	struct replay_site *sites;
	size_t site_count;

	/* Own */
	size_t site_capacity;
	uint64_t peak_number; /* grows with every new peak */
	uint32_t *site_of_stack; /* index + 1; 0: no site yet */
	uint32_t stack_count;
	struct livemap live;
	struct replay_thread *threads;
	size_t thread_count;
	const struct replay_observer *observer;
};

/* Prepares for events with stack ids up to stack_count and thread ids up to thread_count; others
 * are taken as 0. The observer may be NULL and must outlive the replay. */
void replay_init(struct replay *r, uint32_t stack_count, uint32_t thread_count,
		 const struct replay_observer *observer);

void replay_event(struct replay *r, const struct trace_event *event);

/* Settles what was open: reallocations without an END, shares at the peak. */
void replay_finish(struct replay *r);

/* All of the above for the events that the reader has left. */
void replay_run(struct replay *r, struct reader *reader, const struct replay_observer *observer);

void replay_release(struct replay *r);

#endif
