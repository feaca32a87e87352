/* SPDX-License-Identifier: MIT */
/*
 * replay.h - one streaming pass over the events of a trace: who allocated what, what still lives.
 *
 * Decides what each event does to the live set; what is counted of it is the tally's business.
 * Counts as valgrind memcheck does: a reallocation is one allocation and one free, realloc(p, 0)
 * a free, a failed call neither. Memory grows with live blocks and stacks, never with events.
 * Events are untrusted: any order is safe.
 */
#ifndef TENURE_REPLAY_H
#define TENURE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/reader.h"
#include "address_space.h"
#include "buffers.h"
#include "cuts.h"
#include "epochs.h"
#include "ignored.h"
#include "livemap.h"
#include "tally.h"

/*
 * Told of what happens to blocks, in order of events; members may be NULL. `by` is the event that
 * did it; its stack is that of the whole call, also where a reallocation spreads over two records.
 */
struct replay_observer {
	void *context;
	void (*born)(void *context, const struct live_block *block);
	void (*released)(void *context, const struct live_block *block, stack_id born_at,
			 const struct trace_event *by);
	/* The same, where the function that released it is none for blocks of its family. */
	void (*mismatched)(void *context, const struct live_block *block, stack_id born_at,
			   const struct trace_event *by);
	/* The release of an address that is not the start of a live block. accepted: a reallocation
	 * of it succeeded. */
	void (*unknown)(void *context, const struct trace_event *by, bool accepted);
	/* A block whose address was handed out again although its release was never seen. */
	void (*overwritten)(void *context, const struct live_block *block);
	void (*failed)(void *context, const struct trace_event *event);
};

struct replay;
struct replay_thread; /* what one thread did last */

/* Told once, when all events before a stamp have been replayed. */
struct replay_stop {
	uint64_t stamp; /* 0: never */
	void *context;
	void (*reached)(void *context, const struct replay *r);
};

/* What to look at; all zero for everything, with ages on the allocation clock. */
struct replay_options {
	enum age_clock clock;
	/* Blocks born from since_stamp on are counted, others only followed; events from until_stamp
	 * on are left out. until_stamp 0: none is. */
	uint64_t since_stamp, until_stamp;
	bool pages; /* follow how full pages are, too */
	/* Follow blocks and find their sites, and count nothing: for who has the tally of an earlier
	 * replay. Sites have the same indices; births of blocks are not valid. */
	bool live_only;
	/* Count there, too, how old blocks get, who releases them and which threads allocate where;
	 * may be NULL, must outlive the replay. */
	struct lexis *lexis;
	struct releasers *releasers;
	struct site_threads *threads; /* dead blocks alone */
	struct buffers *buffers; /* what becomes of large blocks; as those above */
	const struct replay_observer *observer; /* may be NULL; must outlive the replay */
	struct replay_stop stop; /* for replay_run */
};

struct replay {
	/* Results */
	uint64_t events;
	uint64_t events_by_kind[EVENT_KINDS];
	uint64_t unknown_releases; /* of addresses that were not live */
	uint64_t lost; /* sum of EVENT_LOST */
	uint64_t last_stamp;
	struct cuts cuts; /* counted by replay_run */
	struct ignored ignored;
	struct address_space space; /* not part of the heap totals */
	struct tally tally;
	struct livemap live;
	struct epochs epochs;

	/* Own */
	struct replay_options options;
	bool has_details; /* of them any that a release is counted for; or epochs have begun */
	struct replay_thread *threads;
	size_t thread_count;
};

/* Prepares for events with stack ids up to stack_count and thread ids up to thread_count; others
 * are taken as 0. Without a clock nothing is known of time; without options all are 0. */
void replay_init(struct replay *r, uint32_t stack_count, uint32_t thread_count,
		 const struct tally_clock *clock, const struct replay_options *options);

void replay_event(struct replay *r, const struct trace_event *event);

/* Settles what was open: reallocations without an END, shares at the peak. */
void replay_finish(struct replay *r);

/* Whether blocks of a site are followed only, since they were born before since_stamp. */
bool replay_is_outside(uint32_t site);

/* Blocks that a reallocation in progress has taken out: they live on if it is never seen to end.
 * position begins at 0; NULL at the end. */
const struct live_block *replay_next_pending(const struct replay *r, size_t *position);

/* All of the above for the events that the reader has left. */
void replay_run(struct replay *r, struct reader *reader, const struct replay_options *options);

void replay_release(struct replay *r);

#endif
