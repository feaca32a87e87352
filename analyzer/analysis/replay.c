/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "apis.h"
#include "releasers.h"
#include "replay_prefetch.h"
#include "site_threads.h"
#include "tally_events.h"

/* Reallocations in progress nest only where a signal handler interrupts one. */
#define NESTING_MAX 16
#define PYTHON_DEBUG_HEADER 16 /* bytes, Objects/obmalloc.c */
/* The site of blocks that are followed but not counted. */
#define OUTSIDE UINT32_MAX
/* The thread's last event was the end of an arena. */
#define ARENA_ENDED UINT64_MAX

/* The loop over events is one piece of code for blocks that come and go, and calls for all else:
 * what an inline copy of the rest would do to its registers costs more than the calls. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))

struct pending_realloc {
	struct trace_event begin;
	struct live_block block;
	bool known; /* block is valid */
};

struct replay_thread {
	/* The block of the thread's last event, if that was an allocation; else 0 or ARENA_ENDED. */
	uint64_t newest_address;
	struct pending_realloc *reallocs;
	size_t realloc_count, realloc_capacity;
};

void replay_init(struct replay *r, uint32_t stack_count, uint32_t thread_count,
		 const struct tally_clock *clock, const struct replay_options *options)
{
	static const struct replay_observer nobody;

	memset(r, 0, sizeof *r);
	if (options)
		r->options = *options;
	if (!r->options.observer)
		r->options.observer = &nobody;
	r->thread_count = (thread_count < LIVE_THREAD_MAX ? thread_count : LIVE_THREAD_MAX) + 1;
	r->threads = xcalloc(r->thread_count, sizeof *r->threads);
	tally_init(&r->tally, stack_count, r->thread_count, clock, r->options.pages);
	r->has_details = r->options.lexis || r->options.releasers || r->options.threads;
	if (r->options.lexis)
		tally_count_lexis(&r->tally, r->options.lexis, r->options.since_stamp,
				  r->options.until_stamp);
}

void replay_release(struct replay *r)
{
	for (size_t i = 0; i < r->thread_count; i++)
		free(r->threads[i].reallocs);
	free(r->threads);
	tally_release(&r->tally);
	livemap_release(&r->live);
	epochs_release(&r->epochs);
	cuts_release(&r->cuts);
	ignored_release(&r->ignored);
	address_space_release(&r->space);
	memset(r, 0, sizeof *r);
}

/* Of a block that is counted. */
static void leave_epoch(struct replay *r, const struct live_block *block)
{
	uint64_t weight = tally_weight(&r->tally, block->size_bytes);

	if (epochs_is_new(&r->epochs, block->birth))
		epochs_gone(&r->epochs, weight, weight * block->size_bytes);
}

static void NEVER_INLINE overwritten(struct replay *r, const struct live_block *block)
{
	if (block->site == OUTSIDE)
		return;
	if (epochs_begun(&r->epochs))
		leave_epoch(r, block);
	if (!r->options.live_only)
		tally_overwritten(&r->tally, block);
	if (r->options.threads)
		site_threads_count(r->options.threads, block,
				   tally_weight(&r->tally, block->size_bytes));
	if (r->options.observer->overwritten)
		r->options.observer->overwritten(r->options.observer->context, block);
}

/* resized: the block goes on in a reallocation, which is one more allocation of its thread. */
static void NEVER_INLINE count_details(struct replay *r, const struct live_block *block,
				       const struct trace_event *by, bool resized)
{
	uint64_t weight = tally_weight(&r->tally, block->size_bytes);

	if (epochs_begun(&r->epochs))
		leave_epoch(r, block);
	if (r->options.threads)
		site_threads_count(r->options.threads, block, weight);
	if (resized)
		return;
	if (r->options.lexis)
		tally_follow_death(&r->tally, block, by->stamp);
	if (r->options.releasers)
		releasers_count(r->options.releasers, block->site, by->stack, weight,
				weight * block->size_bytes);
}

/* Of a thread that the tally knows. */
static ALWAYS_INLINE void count_release(struct replay *r, thread_id thread,
					const struct live_block *block,
					const struct trace_event *by, bool resized)
{
	const struct replay_observer *observer = r->options.observer;
	stack_id born_at;

	if (block->site == OUTSIDE)
		return;
	if (!r->options.live_only)
		tally_released(&r->tally, block, by->stamp, thread, resized);
	if (__builtin_expect(r->has_details, 0))
		count_details(r, block, by, resized);
	if (__builtin_expect(block->size_bytes >= BUFFERS_LEAST, 0) && r->options.buffers &&
	    !resized)
		buffers_gone(r->options.buffers, block, tally_clock_at(&r->tally, by->stamp));
	born_at = r->tally.sites[block->site].stack;
	if (observer->released)
		observer->released(observer->context, block, born_at, by);
	if (observer->mismatched && !apis_release_fits(block->api, by->api))
		observer->mismatched(observer->context, block, born_at, by);
}

/* Whether a reallocation at this stack makes a block larger or smaller that came from there. */
static bool goes_on(const struct replay *r, const struct live_block *block, stack_id stack)
{
	return block->site != OUTSIDE && r->tally.sites[block->site].stack == stack;
}

/* Before the birth of a block. `old` goes on in it, or is NULL. */
static void NEVER_INLINE enter_epoch(struct replay *r, const struct trace_event *event,
				     const struct live_block *old)
{
	struct tally *tally = &r->tally;
	uint64_t weight = tally_weight(tally, event->size);

	if (old && !epochs_is_new(&r->epochs, old->birth))
		epochs_gone(&r->epochs, weight, weight * event->size);
	/* Blocks of 0 bytes or of the same moment as what was born before the mark: its clock tells
	 * them apart. */
	if (!epochs_is_new(&r->epochs, tally_next_clock(tally, event->size, event->stamp)) &&
	    tally->clock < TALLY_CLOCK_MAX)
		tally->clock++;
}

/*
 * old: the block that a reallocation made into this one, `call` the whole of that call; or NULL.
 * Clocks move on first, so that no moment sees a reallocated block missing.
 */
static ALWAYS_INLINE void give_birth(struct replay *r, thread_id thread,
				     const struct trace_event *event, uint32_t hash,
				     const struct live_block *old, const struct trace_event *call)
{
	bool counted = event->stamp >= r->options.since_stamp;
	uint32_t site = counted ? tally_site(&r->tally, event->stack, event->api) : OUTSIDE;
	bool resized = old && counted && goes_on(r, old, event->stack);
	struct live_block *block;
	bool found;

	if (counted && !r->options.live_only) {
		if (__builtin_expect(epochs_begun(&r->epochs), 0))
			enter_epoch(r, event, resized ? old : NULL);
		tally_advance(&r->tally, event->size, event->stamp);
	}
	if (old)
		count_release(r, thread, old, call, resized);
	block = livemap_put(&r->live, event->address, hash, &found);
	if (found)
		overwritten(r, block);
	block->size_bytes = event->size;
	block->site = site;
	block->thread = thread;
	block->api = event->api < API_COUNT ? event->api : API_NONE;
	block->chain = 0;
	if (!counted)
		return;
	if (!r->options.live_only)
		tally_born(&r->tally, block, event->stamp, resized ? old : NULL);
	if (__builtin_expect(block->size_bytes >= BUFFERS_LEAST, 0) && r->options.buffers)
		buffers_born(r->options.buffers, block, r->tally.clock, resized);
	if (r->options.observer->born)
		r->options.observer->born(r->options.observer->context, block);
}

static void NEVER_INLINE count_unknown(struct replay *r, const struct trace_event *by,
				       bool accepted)
{
	r->unknown_releases++;
	if (r->options.observer->unknown)
		r->options.observer->unknown(r->options.observer->context, by, accepted);
}

/*
 * Python's debug allocators hand out what lies behind a header. A block that they got before the recorder
 * was in front of them is known by its own address.
 */
static bool NEVER_INLINE take_behind_header(struct replay *r, const struct trace_event *by,
					    struct live_block *block)
{
	uint64_t address = by->address - PYTHON_DEBUG_HEADER;

	if (!apis_is_of_interpreter(by->api) || by->address <= PYTHON_DEBUG_HEADER ||
	    !livemap_take(&r->live, address, livemap_hash(address), block))
		return false;
	block->api = API_NONE; /* that malloc gave it is no business of who releases it */
	return true;
}

/*
 * Of a block that is not known. Tables that pymalloc keeps of its arenas are got within an allocation, and
 * so are none of the program's. With the arenas of an interpreter that is destroyed they are released
 * right behind the last of these, before anything else. Returns the thread's newest_address.
 */
static uint64_t NEVER_INLINE free_unknown(struct replay *r, thread_id thread,
					  const struct trace_event *event)
{
	struct live_block block;

	if (take_behind_header(r, event, &block)) {
		count_release(r, thread, &block, event, false);
		return 0;
	}
	if (event->api == API_PYMEM_RAWFREE && r->threads[thread].newest_address == ARENA_ENDED)
		return ARENA_ENDED;
	count_unknown(r, event, false);
	return 0;
}

/* Returns the thread's newest_address. */
static ALWAYS_INLINE uint64_t on_free(struct replay *r, thread_id thread,
				      const struct trace_event *event, uint32_t hash)
{
	struct live_block block;

	if (!event->address)
		return 0;
	if (!livemap_take(&r->live, event->address, hash, &block))
		return free_unknown(r, thread, event);
	/* A sample does not show what else the thread did: the recorder has looked. */
	if (r->tally.sample_interval_bytes) {
		if (event->detail & EVENT_DETAIL_TEMPORARY && block.site != OUTSIDE)
			tally_temporary(&r->tally, &block);
		count_release(r, thread, &block, event, false);
		return 0;
	}
	/* By identity, never by size. If another thread had had the address since, the block would
	 * be that thread's. */
	if (r->threads[thread].newest_address == event->address && block.site != OUTSIDE &&
	    block.thread == event->thread)
		tally_temporary(&r->tally, &block);
	count_release(r, thread, &block, event, false);
	return 0;
}

static void NEVER_INLINE on_failure(struct replay *r, const struct trace_event *event)
{
	if (event->stamp < r->options.since_stamp)
		return;
	tally_failed(&r->tally, tally_site(&r->tally, event->stack, event->api),
		     event->detail & EVENT_DETAIL_INJECTED);
	if (r->options.observer->failed)
		r->options.observer->failed(r->options.observer->context, event);
}

/* The reallocation did not happen: its block lives on as it was. */
static void restore_block(struct replay *r, const struct pending_realloc *pending)
{
	struct live_block *block;
	uint32_t next;
	bool found;

	if (!pending->known)
		return;
	block = livemap_put(&r->live, pending->block.address, livemap_hash(pending->block.address),
			    &found);
	if (found) {
		/* Somebody got the address meanwhile, so it did end. */
		overwritten(r, &pending->block);
		return;
	}
	next = block->next;
	*block = pending->block;
	block->next = next;
}

static void NEVER_INLINE on_realloc_begin(struct replay *r, struct replay_thread *thread,
					  const struct trace_event *event, uint32_t hash)
{
	struct pending_realloc *pending;

	if (thread->realloc_count == NESTING_MAX) {
		restore_block(r, &thread->reallocs[0]);
		memmove(thread->reallocs, thread->reallocs + 1,
			--thread->realloc_count * sizeof *thread->reallocs);
	}
	ARRAY_GROW(thread->reallocs, thread->realloc_count + 1, thread->realloc_capacity);
	pending = &thread->reallocs[thread->realloc_count++];
	pending->begin = *event;
	pending->known = event->address &&
			 (livemap_take(&r->live, event->address, hash, &pending->block) ||
			  take_behind_header(r, event, &pending->block));
}

static void NEVER_INLINE on_realloc_end(struct replay *r, thread_id id,
					const struct trace_event *event, uint32_t hash)
{
	struct replay_thread *thread = &r->threads[id];
	bool failed = !event->address && (event->detail & EVENT_DETAIL_ERRNO);
	struct pending_realloc pending;
	struct trace_event call;

	if (!thread->realloc_count) {
		/* Its BEGIN was lost; the new block is as real as any. */
		if (failed)
			on_failure(r, event);
		else if (event->address)
			give_birth(r, id, event, hash, NULL, NULL);
		return;
	}
	pending = thread->reallocs[--thread->realloc_count];
	call = pending.begin;
	if (event->stack)
		call.stack = event->stack;
	if (failed) {
		restore_block(r, &pending);
		if (!pending.known && call.address)
			count_unknown(r, &call, false);
		call = *event;
		if (!call.stack)
			call.stack = pending.begin.stack;
		on_failure(r, &call);
		return;
	}
	if (!pending.known && call.address)
		count_unknown(r, &call, true);
	if (event->address) {
		struct trace_event birth = *event;

		birth.stack = call.stack;
		give_birth(r, id, &birth, hash, pending.known ? &pending.block : NULL, &call);
		if (event->detail & EVENT_DETAIL_IGNORED)
			ignored_add(&r->ignored, &r->live, event->address);
	} else if (pending.known) {
		count_release(r, id, &pending.block, &call, false);
	}
}

static void thin_epochs(struct replay *r)
{
	const struct live_block *block;
	size_t position = 0;

	while ((block = livemap_next(&r->live, &position)))
		epochs_keep(&r->epochs, block->birth);
	position = 0;
	while ((block = replay_next_pending(r, &position)))
		epochs_keep(&r->epochs, block->birth);
	epochs_thin(&r->epochs);
}

static void NEVER_INLINE on_mark(struct replay *r, const struct trace_event *event)
{
	if (r->options.live_only)
		return;
	epochs_mark(&r->epochs, &r->tally, event);
	r->has_details = true;
	if (epochs_want_thinning(&r->epochs, r->live.count))
		thin_epochs(r);
}

/* hash: of the event's address. */
static ALWAYS_INLINE void replay_one(struct replay *r, const struct trace_event *event,
				     uint32_t hash)
{
	thread_id id = event->thread < r->thread_count ? event->thread : 0;
	struct replay_thread *thread = &r->threads[id];
	uint64_t newest_address = 0;
	struct trace_event sane;

	if (event->stack > r->tally.stack_count) {
		sane = *event;
		sane.stack = 0;
		event = &sane;
	}
	r->events++;
	if (event->kind < sizeof r->events_by_kind / sizeof *r->events_by_kind)
		r->events_by_kind[event->kind]++;
	if (event->stamp > r->last_stamp)
		r->last_stamp = event->stamp;

	switch (event->kind) {
	case EVENT_ALLOC:
		if (event->address) {
			give_birth(r, id, event, hash, NULL, NULL);
			newest_address = event->address;
			if (event->detail & EVENT_DETAIL_IGNORED)
				ignored_add(&r->ignored, &r->live, event->address);
		}
		break;
	case EVENT_FREE:
		newest_address = on_free(r, id, event, hash);
		break;
	case EVENT_REALLOC_BEGIN:
		on_realloc_begin(r, thread, event, hash);
		break;
	case EVENT_REALLOC_END:
		on_realloc_end(r, id, event, hash);
		break;
	case EVENT_FAIL:
		on_failure(r, event);
		break;
	case EVENT_MARK:
		on_mark(r, event);
		return;
	case EVENT_IGNORE:
		ignored_add(&r->ignored, &r->live, event->address);
		return;
	case EVENT_LOST:
		r->lost += event->size;
		break;
	case EVENT_ARENA_END:
		address_space_event(&r->space, event);
		newest_address = ARENA_ENDED;
		break;
	default:
		address_space_event(&r->space, event);
		return;
	}
	thread->newest_address = newest_address;
}

void replay_event(struct replay *r, const struct trace_event *event)
{
	replay_one(r, event, livemap_hash(event->address));
}

void replay_finish(struct replay *r)
{
	for (size_t i = 0; i < r->thread_count; i++) {
		struct replay_thread *thread = &r->threads[i];

		while (thread->realloc_count) {
			struct pending_realloc *pending =
				&thread->reallocs[--thread->realloc_count];

			restore_block(r, pending);
			if (!pending->known && pending->begin.address)
				count_unknown(r, &pending->begin, false);
		}
	}
	address_space_finish(&r->space);
	if (!r->options.live_only)
		tally_finish(&r->tally, &r->live, r->last_stamp);
	epochs_finish(&r->epochs, &r->tally, &r->live, r->last_stamp);
}

bool replay_is_outside(uint32_t site)
{
	return site == OUTSIDE;
}

const struct live_block *replay_next_pending(const struct replay *r, size_t *position)
{
	size_t at = 0;

	for (size_t i = 0; i < r->thread_count; i++) {
		const struct replay_thread *thread = &r->threads[i];

		for (size_t k = 0; k < thread->realloc_count; k++) {
			if (!thread->reallocs[k].known || at++ < *position)
				continue;
			*position = at;
			return &thread->reallocs[k].block;
		}
	}
	return NULL;
}

static uint64_t reach_stop(struct replay *r, uint64_t until_stamp)
{
	struct replay_stop stop = r->options.stop;

	r->options.stop.stamp = 0;
	if (stop.stamp && stop.stamp <= until_stamp)
		stop.reached(stop.context, r);
	return until_stamp;
}

/* False once an event lies behind the end. *next: where to stop first. */
static bool replay_some(struct replay *r, const struct trace_event *events, size_t count,
			uint64_t until_stamp, uint64_t *next)
{
	uint32_t hashes[REPLAY_PREFETCH_EVENTS];

	if (r->live.count && r->tally.site_count) {
		replay_prefetch(&r->live, r->options.live_only ? NULL : &r->tally, events, count,
				hashes);
	} else {
		for (size_t i = 0; i < count; i++)
			hashes[i] = livemap_hash(events[i].address);
	}
	for (size_t i = 0; i < count; i++) {
		if (events[i].stamp >= *next) {
			*next = reach_stop(r, until_stamp);
			if (events[i].stamp >= until_stamp)
				return false;
		}
		cuts_count(&r->cuts, &events[i]);
		replay_one(r, &events[i], hashes[i]);
	}
	return true;
}

static struct tally_clock clock_of(const struct reader *reader, enum age_clock kind)
{
	struct tally_clock clock = {
		.kind = kind,
		.start_stamp = reader_program(reader)->start_stamp,
		.last_stamp = reader_last_stamp(reader),
	};

	if (clock.last_stamp < clock.start_stamp)
		clock.last_stamp = clock.start_stamp;
	if (clock.last_stamp > clock.start_stamp)
		clock.ns_per_stamp = (double)reader_elapsed_ns(reader, clock.last_stamp) /
				     (double)(clock.last_stamp - clock.start_stamp);
	return clock;
}

void replay_run(struct replay *r, struct reader *reader, const struct replay_options *options)
{
	struct tally_clock clock = clock_of(reader, options->clock);
	uint64_t interval = reader_program(reader)->sample_interval_bytes;
	uint64_t until = options->until_stamp ? options->until_stamp : UINT64_MAX;
	const struct trace_event *events;
	uint32_t thread_max = 0;
	uint64_t stop = options->stop.stamp && options->stop.stamp < until ? options->stop.stamp
									   : until;
	bool more = true;
	size_t count;

	for (uint32_t i = 0; i < reader_thread_count(reader); i++)
		if (reader_thread(reader, i)->id > thread_max)
			thread_max = reader_thread(reader, i)->id;
	replay_init(r, reader_stack_count(reader), thread_max, &clock, options);
	r->tally.sample_interval_bytes = interval < SAMPLING_INTERVAL_MAX ? interval
									  : SAMPLING_INTERVAL_MAX;
	r->tally.chunks = chunks_of_trace(reader);
	if (!options->live_only)
		cuts_init(&r->cuts, reader);
	epochs_init(&r->epochs, reader, options->until_stamp);
	while (more && (count = reader_batch(reader, &events)) > 0)
		for (size_t at = 0; more && at < count; at += REPLAY_PREFETCH_EVENTS)
			more = replay_some(r, events + at,
					   count - at < REPLAY_PREFETCH_EVENTS
						   ? count - at
						   : REPLAY_PREFETCH_EVENTS,
					   until, &stop);
	reach_stop(r, until);
	replay_finish(r);
}
