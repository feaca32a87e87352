/* SPDX-License-Identifier: MIT */
#include "pending.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define BLOCK_EVENTS_MIN 64u
#define BLOCK_EVENTS_MAX EVENTS_PER_CHUNK_MAX
#define SPARE_KEPT 2u /* blocks; one is written while another one fills */

static size_t block_bytes(uint32_t capacity)
{
	return sizeof(struct pending_block) + capacity * sizeof(struct event_record);
}

static void free_block(struct pending *p, struct pending_block *block)
{
	if (block)
		p->bytes -= block_bytes(block->capacity);
	free(block);
}

static void free_list(struct pending *p, struct pending_block *list)
{
	while (list) {
		struct pending_block *block = list;

		list = block->next;
		free_block(p, block);
	}
}

void pending_release(struct pending *p)
{
	for (size_t i = 0; i < p->active_count; i++)
		free_block(p, p->threads[p->active[i]].block);
	free_list(p, p->first_full);
	free_list(p, p->spare);
	free(p->threads);
	free(p->active);
	*p = (struct pending){0};
}

struct pending_thread *pending_thread(struct pending *p, thread_id id)
{
	if (!id || id > THREAD_ID_MAX)
		return NULL;
	if (id >= p->thread_count) {
		ARRAY_GROW(p->threads, (size_t)id + 1, p->thread_capacity);
		memset(&p->threads[p->thread_count], 0,
		       (id + 1 - p->thread_count) * sizeof *p->threads);
		p->thread_count = (size_t)id + 1;
	}
	return &p->threads[id];
}

/* The block with twice its capacity, or a first one; NULL at a limit. */
static struct pending_block *enlarge(struct pending *p, struct pending_block *block, bool busy)
{
	uint32_t capacity = block ? block->capacity * 2 : BLOCK_EVENTS_MIN;
	size_t before = block ? block_bytes(block->capacity) : 0;

	if (busy)
		capacity = BLOCK_EVENTS_MAX;
	if (p->full_count >= PENDING_FULL_MAX ||
	    p->bytes - before + block_bytes(capacity) > PENDING_BYTES_MAX)
		return NULL;
	p->bytes += block_bytes(capacity) - before;
	block = xrealloc(block, block_bytes(capacity));
	block->capacity = capacity;
	return block;
}

struct event_record *pending_room(struct pending *p, thread_id id, size_t *room)
{
	struct pending_thread *thread = &p->threads[id];
	struct pending_block *block = thread->block;

	if (!block || block->count == block->capacity) {
		bool reused = !block && thread->busy && p->spare;
		uint32_t count = block ? block->count : 0;

		if (reused) {
			block = p->spare;
			p->spare = block->next;
		} else {
			block = enlarge(p, block, thread->busy);
		}
		if (!block)
			return NULL;
		block->count = count;
		block->thread = id;
		thread->block = block;
	}
	if (!thread->listed) {
		ARRAY_GROW(p->active, p->active_count + 1, p->active_capacity);
		p->active[p->active_count++] = id;
		thread->listed = true;
	}
	*room = block->capacity - block->count;
	return block->events + block->count;
}

static void put_in_queue(struct pending *p, struct pending_block *block)
{
	block->next = NULL;
	if (p->first_full)
		p->last_full->next = block;
	else
		p->first_full = block;
	p->last_full = block;
	p->full_count++;
}

void pending_commit(struct pending *p, thread_id id, size_t count)
{
	struct pending_thread *thread = &p->threads[id];
	struct pending_block *block = thread->block;
	struct event_record *events = block->events + block->count;
	uint64_t stamp = thread->last_stamp;

	for (size_t i = 0; i < count; i++) {
		if (events[i].stamp < stamp)
			events[i].stamp = stamp;
		stamp = events[i].stamp;
	}
	thread->last_stamp = stamp;
	thread->quiet = false;
	block->count += (uint32_t)count;
	if (block->count == BLOCK_EVENTS_MAX) {
		put_in_queue(p, block);
		thread->block = NULL;
		thread->busy = true;
	}
}

struct pending_block *pending_take_full(struct pending *p)
{
	struct pending_block *block = p->first_full;

	if (!block)
		return NULL;
	p->first_full = block->next;
	p->full_count--;
	return block;
}

void pending_give_back(struct pending *p, struct pending_block *block)
{
	block->count = 0;
	block->next = p->spare;
	p->spare = block;
}

void pending_tidy(struct pending *p, bool everything)
{
	struct pending_block **end = &p->spare;
	size_t kept = 0;

	for (size_t i = 0; i < p->active_count; i++) {
		struct pending_thread *thread = &p->threads[p->active[i]];

		if (everything || thread->quiet) {
			free_block(p, thread->block);
			thread->block = NULL;
			thread->listed = thread->busy = false;
		} else {
			thread->quiet = true;
			p->active[kept++] = p->active[i];
		}
	}
	p->active_count = kept;
	for (unsigned i = 0; *end && i < SPARE_KEPT && !everything; i++)
		end = &(*end)->next;
	free_list(p, *end);
	*end = NULL;
}
