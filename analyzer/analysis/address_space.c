/* SPDX-License-Identifier: MIT */
#include "address_space.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "livemap.h" /* LIVE_THREAD_MAX */

#define PAGE_BYTES 4096ull
/* Remaps in progress nest only where a signal handler interrupts one. */
#define NESTING_MAX 16

/* What each mremap in progress took out, innermost last. */
struct address_space_thread {
	struct interval **remaps;
	size_t count, capacity;
};

static uint64_t page_end(uint64_t address, uint64_t size)
{
	uint64_t end = address + size;

	if (end < address || end > UINT64_MAX - PAGE_BYTES)
		return UINT64_MAX;
	return (end + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

static struct address_space_thread *thread_of(struct address_space *a, thread_id id)
{
	if (id > LIVE_THREAD_MAX)
		id = 0;
	if (id >= a->thread_count) {
		size_t before = a->thread_count;

		ARRAY_GROW(a->threads, (size_t)id + 1, a->thread_count);
		memset(a->threads + before, 0, (a->thread_count - before) * sizeof *a->threads);
	}
	return &a->threads[id];
}

static void begin_remap(struct address_space *a, const struct trace_event *event)
{
	struct address_space_thread *thread = thread_of(a, event->thread);
	struct interval *pieces = intervals_cut(&a->mappings, event->address,
						page_end(event->address, event->size));

	if (thread->count == NESTING_MAX) {
		intervals_restore(&a->mappings, pieces);
		return;
	}
	ARRAY_GROW(thread->remaps, thread->count + 1, thread->capacity);
	thread->remaps[thread->count++] = pieces;
}

static void end_remap(struct address_space *a, const struct trace_event *event)
{
	struct address_space_thread *thread = thread_of(a, event->thread);
	struct interval *pieces = thread->count ? thread->remaps[--thread->count] : NULL;

	if (!event->address) {
		intervals_restore(&a->mappings, pieces);
		return;
	}
	intervals_drop(pieces);
	intervals_add(&a->mappings, event->address, page_end(event->address, event->size),
		      event->stack);
}

/* What lies above a new break is gone. */
static void move_break(struct address_space *a, const struct trace_event *event)
{
	uint64_t size = event->size < event->address ? event->size : event->address;

	intervals_drop(intervals_cut(&a->breaks, event->address, UINT64_MAX));
	intervals_add(&a->breaks, event->address - size, event->address, event->stack);
}

static void add_arena(struct address_space *a, const struct trace_event *event)
{
	intervals_add(&a->arenas, event->address, page_end(event->address, event->size), 0);
	a->arenas_ever++;
	if (a->arenas.count > a->arenas_most)
		a->arenas_most = a->arenas.count;
}

void address_space_event(struct address_space *a, const struct trace_event *event)
{
	switch (event->kind) {
	case EVENT_MAP:
		intervals_add(&a->mappings, event->address, page_end(event->address, event->size),
			      event->stack);
		break;
	case EVENT_UNMAP:
		intervals_drop(intervals_cut(&a->mappings, event->address,
					     page_end(event->address, event->size)));
		break;
	case EVENT_REMAP_BEGIN:
		begin_remap(a, event);
		break;
	case EVENT_REMAP_END:
		end_remap(a, event);
		break;
	case EVENT_BREAK:
		move_break(a, event);
		break;
	case EVENT_ARENA:
		add_arena(a, event);
		break;
	case EVENT_ARENA_END:
		intervals_drop(intervals_cut(&a->arenas, event->address,
					     page_end(event->address, event->size)));
		break;
	case EVENT_THREAD_STACK:
		thread_stacks_begin(&a->stacks, event->address);
		break;
	case EVENT_THREAD_JOINED:
		thread_stacks_join(&a->stacks, event->address);
		break;
	default:
		break;
	}
}

void address_space_finish(struct address_space *a)
{
	for (size_t i = 0; i < a->thread_count; i++)
		while (a->threads[i].count)
			intervals_restore(&a->mappings,
					  a->threads[i].remaps[--a->threads[i].count]);
}

void address_space_release(struct address_space *a)
{
	for (size_t i = 0; i < a->thread_count; i++) {
		for (size_t k = 0; k < a->threads[i].count; k++)
			intervals_drop(a->threads[i].remaps[k]);
		free(a->threads[i].remaps);
	}
	free(a->threads);
	intervals_release(&a->mappings);
	intervals_release(&a->breaks);
	intervals_release(&a->arenas);
	thread_stacks_release(&a->stacks);
	memset(a, 0, sizeof *a);
}
