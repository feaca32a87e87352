/* SPDX-License-Identifier: MIT */
#include "site_threads.h"

#include <stdlib.h>

#include "../util/array.h"
#include "generations.h"
#include "sampling.h"

#define ENTRIES_MAX (3u << 18) /* three quarters of 2^20 slots */

/* An entry's key: the number of the site from 1, the thread, and a kind. */
#define SITE_SHIFT 32
#define THREAD_SHIFT 2
#define DEAD 0u
#define ALIVE 1u /* in the first generation, and so on */

_Static_assert(ALIVE + GENERATIONS <= 1u << THREAD_SHIFT, "room for kinds");
_Static_assert((uint64_t)LIVE_THREAD_MAX << THREAD_SHIFT <= UINT32_MAX, "room for threads");

static void count(struct site_threads *s, const struct live_block *block, uint32_t kind,
		  uint64_t weight)
{
	uint64_t number = (uint64_t)block->site + 1;
	uint64_t key = number << SITE_SHIFT | (uint64_t)block->thread << THREAD_SHIFT | kind;

	amounts_add(&s->entries, key, weight, weight * block->size_bytes,
		    s->entry_limit ? s->entry_limit : ENTRIES_MAX);
}

void site_threads_count(struct site_threads *s, const struct live_block *block, uint64_t weight)
{
	count(s, block, DEAD, weight);
}

void site_threads_count_survivors(struct site_threads *s, const struct tally *tally,
				  const struct livemap *live, const uint64_t *generation_ages)
{
	const struct live_block *block;
	size_t position = 0;

	while ((block = livemap_next(live, &position)) != NULL)
		if (block->site < tally->site_count) /* others are followed, but not counted */
			count(s, block,
			      ALIVE + (uint32_t)generations_of(generation_ages,
							       tally_final_age(tally, block)),
			      sampling_weight(tally->sample_interval_bytes, block->size_bytes));
}

static uint32_t thread_of(const struct amount *entry)
{
	return (uint32_t)entry->key >> THREAD_SHIFT;
}

static uint32_t kind_of(const struct amount *entry)
{
	return entry->key & ((1u << THREAD_SHIFT) - 1);
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t x = ((const struct amount *)a)->key;
	uint64_t y = ((const struct amount *)b)->key;

	return x < y ? -1 : x > y;
}

static void find_positions(struct site_threads *s, const struct model *model)
{
	for (uint32_t i = 0; i < model->thread_count; i++) {
		uint32_t id = model->threads[i].id;

		if (id <= LIVE_THREAD_MAX && id >= s->position_count)
			s->position_count = id + 1;
	}
	s->positions = xcalloc(s->position_count, sizeof *s->positions);
	for (uint32_t i = 0; i < model->thread_count; i++)
		if (model->threads[i].id < s->position_count)
			s->positions[model->threads[i].id] = i + 1;
}

void site_threads_sort(struct site_threads *s, const struct model *model)
{
	struct amount *list = amounts_list(&s->entries);

	if (s->entries.count)
		qsort(list, s->entries.count, sizeof *list, compare_keys);
	s->sorted = list;
	find_positions(s, model);
}

/* The first entry of a key or of a greater one. */
static size_t find_first(const struct site_threads *s, uint64_t key)
{
	size_t low = 0, high = s->entries.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->sorted[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int compare_threads(const void *a, const void *b)
{
	const struct model_site_thread *x = a;
	const struct model_site_thread *y = b;

	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static void add_entry(struct model_site_thread *to, const struct amount *entry)
{
	uint32_t kind = kind_of(entry);

	to->allocations += entry->blocks;
	to->allocated_bytes += entry->bytes;
	if (kind >= ALIVE) {
		to->survivors[kind - ALIVE] = entry->blocks;
		to->bytes[kind - ALIVE] = entry->bytes;
	}
}

void site_threads_fill(const struct site_threads *s, uint32_t site, struct model_site *to,
		       struct arena *arena)
{
	uint64_t number = (uint64_t)site + 1;
	size_t first = find_first(s, number << SITE_SHIFT);
	size_t end = find_first(s, (number + 1) << SITE_SHIFT);
	struct model_site_thread *list;
	uint32_t threads = 0;

	for (size_t i = first; i < end; i++)
		threads += i == first || thread_of(&s->sorted[i]) != thread_of(&s->sorted[i - 1]);
	list = arena_alloc(arena, threads * sizeof *list);
	for (size_t i = first; i < end; i++) {
		uint32_t id = thread_of(&s->sorted[i]);
		uint32_t position = id < s->position_count ? s->positions[id] : 0;

		if (!position)
			continue;
		if (!to->thread_count || list[to->thread_count - 1].thread != position - 1)
			list[to->thread_count++].thread = position - 1;
		add_entry(&list[to->thread_count - 1], &s->sorted[i]);
	}
	if (to->thread_count)
		qsort(list, to->thread_count, sizeof *list, compare_threads);
	to->threads = list;
}

void site_threads_release(struct site_threads *s)
{
	amounts_release(&s->entries);
	free(s->positions);
	*s = (struct site_threads){0};
}
