/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/* Reallocations and remaps in progress nest only where a signal handler interrupts one. */
#define NESTING_MAX 16
/* Threads with their own state; a number above comes from a hostile trace. */
#define THREADS_MAX (1u << 22)
#define PAGE_BYTES 4096ull
/* Events looked at before they are replayed. */
#define BATCH_EVENTS 64

struct pending_realloc {
	struct trace_event begin;
	struct live_block block;
	bool known; /* block is valid */
};

struct replay_thread {
	/* The block of the thread's last event, if that was an allocation; address 0 if not. */
	uint64_t newest_address, newest_stamp;
	struct pending_realloc *reallocs;
	size_t realloc_count, realloc_capacity;
	struct interval **remaps; /* what each mremap in progress took out */
	size_t remap_count, remap_capacity;
};

void replay_init(struct replay *r, uint32_t stack_count, uint32_t thread_count,
		 const struct replay_observer *observer)
{
	static const struct replay_observer nobody;

	memset(r, 0, sizeof *r);
	r->stack_count = stack_count;
	r->site_of_stack = xcalloc((size_t)stack_count + 1, sizeof *r->site_of_stack);
	r->thread_count = (thread_count < THREADS_MAX ? thread_count : THREADS_MAX) + 1;
	r->threads = xcalloc(r->thread_count, sizeof *r->threads);
	r->observer = observer ? observer : &nobody;
}

void replay_release(struct replay *r)
{
	for (size_t i = 0; i < r->thread_count; i++) {
		struct replay_thread *thread = &r->threads[i];

		for (size_t k = 0; k < thread->remap_count; k++)
			intervals_drop(thread->remaps[k]);
		free(thread->remaps);
		free(thread->reallocs);
	}
	free(r->threads);
	free(r->site_of_stack);
	free(r->sites);
	livemap_release(&r->live);
	intervals_release(&r->mappings);
	cuts_release(&r->cuts);
	memset(r, 0, sizeof *r);
}

static uint32_t site_index(struct replay *r, const struct trace_event *event)
{
	struct replay_site *site;

	if (r->site_of_stack[event->stack])
		return r->site_of_stack[event->stack] - 1;
	ARRAY_GROW(r->sites, r->site_count + 1, r->site_capacity);
	site = &r->sites[r->site_count++];
	memset(site, 0, sizeof *site);
	site->stack = event->stack;
	site->api = event->api;
	site->min_bytes = UINT64_MAX;
	site->peak_number = r->peak_number;
	r->site_of_stack[event->stack] = (uint32_t)r->site_count;
	return (uint32_t)r->site_count - 1;
}

/*
 * Before a site's live numbers change: if the run has seen a new peak since they last did, they
 * are the site's share of that peak. So a new peak costs O(1), however many sites there are.
 */
static void note_share(const struct replay *r, struct replay_site *site)
{
	if (site->peak_number != r->peak_number) {
		site->peak_number = r->peak_number;
		site->peak_bytes = site->live_bytes;
		site->peak_blocks = site->live_blocks;
	}
}

static void add_live(struct replay *r, struct replay_site *site, uint64_t size_bytes,
		     uint64_t stamp)
{
	note_share(r, site);
	site->live_blocks++;
	site->live_bytes += size_bytes;
	if (site->live_bytes > site->own_peak_bytes)
		site->own_peak_bytes = site->live_bytes;
	r->live_blocks++;
	r->live_bytes += size_bytes;
	if (r->live_bytes > r->peak_bytes) {
		r->peak_bytes = r->live_bytes;
		r->peak_blocks = r->live_blocks;
		r->peak_stamp = stamp;
		r->peak_number++;
	}
}

static void subtract_live(struct replay *r, const struct live_block *block)
{
	struct replay_site *site = &r->sites[block->site];

	note_share(r, site);
	site->live_blocks--;
	site->live_bytes -= block->size_bytes;
	r->live_blocks--;
	r->live_bytes -= block->size_bytes;
}

static void overwritten(struct replay *r, const struct live_block *block)
{
	r->overwritten++;
	r->sites[block->site].overwritten++;
	if (r->observer->overwritten)
		r->observer->overwritten(r->observer->context, block);
}

static void give_birth(struct replay *r, const struct trace_event *event)
{
	uint32_t index = site_index(r, event); /* may move the sites */
	struct replay_site *site = &r->sites[index];
	struct live_block *block;
	bool found;

	block = livemap_put(&r->live, event->address, &found);
	if (found) {
		subtract_live(r, block);
		overwritten(r, block);
	}
	block->size_bytes = event->size;
	block->birth_stamp = event->stamp;
	block->site = index;
	block->thread = event->thread;
	block->api = event->api;

	r->allocations++;
	r->allocated_bytes += event->size;
	site->allocations++;
	site->allocated_bytes += event->size;
	if (event->size < site->min_bytes)
		site->min_bytes = event->size;
	if (event->size > site->max_bytes)
		site->max_bytes = event->size;
	add_live(r, site, event->size, event->stamp);
	if (r->observer->born)
		r->observer->born(r->observer->context, block);
}

static void count_release(struct replay *r, const struct live_block *block,
			  const struct trace_event *by)
{
	r->frees++;
	if (r->observer->released)
		r->observer->released(r->observer->context, block, r->sites[block->site].stack, by);
}

static void count_unknown(struct replay *r, const struct trace_event *by, bool accepted)
{
	r->unknown_releases++;
	if (r->observer->unknown)
		r->observer->unknown(r->observer->context, by, accepted);
}

/* By the block's identity, never by its size: address and birth. */
static void count_temporary(struct replay *r, const struct replay_thread *thread,
			    const struct live_block *block)
{
	if (thread->newest_address != block->address || thread->newest_stamp != block->birth_stamp)
		return;
	r->temporary++;
	r->sites[block->site].temporary++;
}

static void on_free(struct replay *r, struct replay_thread *thread, const struct trace_event *event)
{
	struct live_block block;

	if (!event->address)
		return;
	if (!livemap_take(&r->live, event->address, &block)) {
		count_unknown(r, event, false);
		return;
	}
	subtract_live(r, &block);
	count_temporary(r, thread, &block);
	count_release(r, &block, event);
}

static void on_failure(struct replay *r, const struct trace_event *event)
{
	uint32_t index = site_index(r, event); /* may move the sites */
	struct replay_site *site = &r->sites[index];

	r->failures++;
	site->failures++;
	if (event->detail & EVENT_DETAIL_INJECTED) {
		r->injected_failures++;
		site->injected_failures++;
	}
	if (r->observer->failed)
		r->observer->failed(r->observer->context, event);
}

/* The reallocation did not happen: its block lives on as it was. */
static void restore_block(struct replay *r, const struct pending_realloc *pending)
{
	struct live_block *block;
	uint32_t next;
	bool found;

	if (!pending->known)
		return;
	block = livemap_put(&r->live, pending->block.address, &found);
	if (found) {
		/* Somebody got the address meanwhile, so it did end. */
		overwritten(r, &pending->block);
		return;
	}
	next = block->next;
	*block = pending->block;
	block->next = next;
	add_live(r, &r->sites[block->site], block->size_bytes, pending->begin.stamp);
}

static void on_realloc_begin(struct replay *r, struct replay_thread *thread,
			     const struct trace_event *event)
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
	pending->known = event->address && livemap_take(&r->live, event->address, &pending->block);
	if (pending->known)
		subtract_live(r, &pending->block);
}

static void on_realloc_end(struct replay *r, struct replay_thread *thread,
			   const struct trace_event *event)
{
	bool failed = !event->address && (event->detail & EVENT_DETAIL_ERRNO);
	struct pending_realloc pending;
	struct trace_event call;

	if (!thread->realloc_count) {
		/* Its BEGIN was lost; the new block is as real as any. */
		if (failed)
			on_failure(r, event);
		else if (event->address)
			give_birth(r, event);
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
	if (pending.known)
		count_release(r, &pending.block, &call);
	else if (call.address)
		count_unknown(r, &call, true);
	if (event->address) {
		call = *event;
		if (!call.stack)
			call.stack = pending.begin.stack;
		give_birth(r, &call);
	}
}

static uint64_t page_end(uint64_t address, uint64_t size)
{
	uint64_t end = address + size;

	if (end < address || end > UINT64_MAX - PAGE_BYTES)
		return UINT64_MAX;
	return (end + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

static void on_remap_begin(struct replay *r, struct replay_thread *thread,
			   const struct trace_event *event)
{
	struct interval *pieces = intervals_cut(&r->mappings, event->address,
						page_end(event->address, event->size));

	if (thread->remap_count == NESTING_MAX) {
		intervals_restore(&r->mappings, pieces);
		return;
	}
	ARRAY_GROW(thread->remaps, thread->remap_count + 1, thread->remap_capacity);
	thread->remaps[thread->remap_count++] = pieces;
}

static void on_remap_end(struct replay *r, struct replay_thread *thread,
			 const struct trace_event *event)
{
	struct interval *pieces = NULL;

	if (thread->remap_count)
		pieces = thread->remaps[--thread->remap_count];
	if (!event->address) {
		intervals_restore(&r->mappings, pieces);
		return;
	}
	intervals_drop(pieces);
	intervals_add(&r->mappings, event->address, page_end(event->address, event->size),
		      event->stack);
}

void replay_event(struct replay *r, const struct trace_event *event)
{
	struct replay_thread *thread =
		&r->threads[event->thread < r->thread_count ? event->thread : 0];
	uint64_t newest_address = 0;
	struct trace_event sane;

	if (event->stack > r->stack_count) {
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
			give_birth(r, event);
			newest_address = event->address;
		}
		break;
	case EVENT_FREE:
		on_free(r, thread, event);
		break;
	case EVENT_REALLOC_BEGIN:
		on_realloc_begin(r, thread, event);
		break;
	case EVENT_REALLOC_END:
		on_realloc_end(r, thread, event);
		break;
	case EVENT_FAIL:
		on_failure(r, event);
		break;
	case EVENT_MAP:
		intervals_add(&r->mappings, event->address, page_end(event->address, event->size),
			      event->stack);
		return;
	case EVENT_UNMAP:
		intervals_drop(intervals_cut(&r->mappings, event->address,
					     page_end(event->address, event->size)));
		return;
	case EVENT_REMAP_BEGIN:
		on_remap_begin(r, thread, event);
		return;
	case EVENT_REMAP_END:
		on_remap_end(r, thread, event);
		return;
	case EVENT_LOST:
		r->lost += event->size;
		break;
	default:
		return;
	}
	thread->newest_address = newest_address;
	thread->newest_stamp = event->stamp;
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
		while (thread->remap_count)
			intervals_restore(&r->mappings, thread->remaps[--thread->remap_count]);
	}
	for (size_t i = 0; i < r->site_count; i++) {
		struct replay_site *site = &r->sites[i];

		note_share(r, site);
		site->frees = site->allocations - site->live_blocks - site->overwritten;
		if (!site->allocations)
			site->min_bytes = 0;
	}
}

/* Starts loading what the events will need, in two steps since one leads to the other. */
static void prefetch(const struct replay *r, const struct trace_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		livemap_prefetch_bucket(&r->live, events[i].address);
		if (events[i].stack <= r->stack_count)
			__builtin_prefetch(&r->site_of_stack[events[i].stack]);
	}
	for (size_t i = 0; i < count; i++) {
		livemap_prefetch_record(&r->live, events[i].address);
		if (events[i].stack <= r->stack_count && r->site_of_stack[events[i].stack])
			__builtin_prefetch(&r->sites[r->site_of_stack[events[i].stack] - 1], 1);
	}
}

void replay_run(struct replay *r, struct reader *reader, const struct replay_observer *observer)
{
	struct trace_event batch[BATCH_EVENTS];
	uint32_t thread_max = 0;
	size_t count;

	for (uint32_t i = 0; i < reader_thread_count(reader); i++)
		if (reader_thread(reader, i)->id > thread_max)
			thread_max = reader_thread(reader, i)->id;
	replay_init(r, reader_stack_count(reader), thread_max, observer);
	cuts_init(&r->cuts, reader);
	do {
		count = 0;
		while (count < BATCH_EVENTS && reader_next(reader, &batch[count]))
			count++;
		prefetch(r, batch, count);
		for (size_t i = 0; i < count; i++) {
			cuts_count(&r->cuts, &batch[i]);
			replay_event(r, &batch[i]);
		}
	} while (count == BATCH_EVENTS);
	replay_finish(r);
}
