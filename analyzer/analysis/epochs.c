/* SPDX-License-Identifier: MIT */
#include "epochs.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "tally_events.h"

#define OTHERS "others"
#define THIN_AT_LEAST 4096u
#define PAIRS_MAX (3u << 18) /* three quarters of 2^20 slots */

void epochs_init(struct epochs *e, const struct reader *reader, uint64_t until_stamp)
{
	const struct trace_end *end = reader_end(reader);

	e->reader = reader;
	e->end_stamp = end ? end->stamp : 0;
	if (until_stamp && until_stamp < e->end_stamp)
		e->end_stamp = until_stamp;
}

void epochs_release(struct epochs *e)
{
	free(e->list);
	free(e->index_of_mark);
	free(e->stretches);
	amounts_release(&e->pairs);
	memset(e, 0, sizeof *e);
}

static const char *name_of(const struct epochs *e, const struct epoch *epoch)
{
	return epoch->mark ? reader_mark(e->reader, epoch->mark) : OTHERS;
}

static uint32_t add_epoch(struct epochs *e, mark_id mark, uint64_t stamp)
{
	ARRAY_GROW(e->list, e->count + 1, e->capacity);
	e->list[e->count] = (struct epoch){.mark = mark, .first_stamp = stamp};
	return (uint32_t)e->count++;
}

/* Of names that find no room. A program may have a mark of just that name. */
static uint32_t find_others(struct epochs *e, uint64_t stamp)
{
	for (uint32_t i = 0; !e->others && i < e->count; i++)
		if (!strcmp(name_of(e, &e->list[i]), OTHERS))
			e->others = i + 1;
	if (!e->others)
		e->others = add_epoch(e, 0, stamp) + 1;
	return e->others - 1;
}

static uint32_t find_epoch(struct epochs *e, const struct trace_event *mark)
{
	uint32_t *index;

	if (!e->reader || !reader_mark(e->reader, mark->size))
		return EPOCHS_NONE;
	if (!e->index_of_mark)
		e->index_of_mark = xcalloc((size_t)reader_mark_count(e->reader) + 1,
					   sizeof *e->index_of_mark);
	index = &e->index_of_mark[mark->size];
	if (!*index)
		*index = 1 + (e->count < EPOCHS_MAX ? add_epoch(e, (mark_id)mark->size, mark->stamp)
						    : find_others(e, mark->stamp));
	return *index - 1;
}

static void end_epoch(struct epochs *e, const struct tally *tally, uint64_t stamp)
{
	struct epoch *epoch;
	struct model_amount born;

	if (!epochs_begun(e) || e->current == EPOCHS_NONE)
		return;
	epoch = &e->list[e->current];
	born.blocks = tally->allocations - e->before.blocks;
	born.bytes = tally->allocated_bytes - e->before.bytes;
	epoch->stamps += stamp > e->begin_stamp ? stamp - e->begin_stamp : 0;
	epoch->allocated.blocks += born.blocks;
	epoch->allocated.bytes += born.bytes;
	epoch->left.blocks += born.blocks - e->gone.blocks;
	epoch->left.bytes += born.bytes - e->gone.bytes;
}

void epochs_mark(struct epochs *e, const struct tally *tally, const struct trace_event *mark)
{
	struct epochs_stretch *last;

	end_epoch(e, tally, mark->stamp);
	e->current = find_epoch(e, mark);
	if (e->current != EPOCHS_NONE)
		e->list[e->current].marks++;
	e->begin_stamp = mark->stamp;
	e->before = (struct model_amount){tally->allocations, tally->allocated_bytes};
	e->gone = (struct model_amount){0};
	if (!epochs_begun(e)) {
		e->thin_at = THIN_AT_LEAST;
		/* What is older than the first mark. */
		ARRAY_GROW(e->stretches, 1, e->stretch_capacity);
		e->stretches[e->stretch_count++] = (struct epochs_stretch){.epoch = EPOCHS_NONE};
	}
	last = &e->stretches[e->stretch_count - 1];
	if (tally->clock > last->clock) {
		ARRAY_GROW(e->stretches, e->stretch_count + 1, e->stretch_capacity);
		last = &e->stretches[e->stretch_count++];
	}
	*last = (struct epochs_stretch){.clock = tally->clock, .epoch = e->current};
}

/* The last stretch that begins before a birth; the first if none does. */
static struct epochs_stretch *find_stretch(const struct epochs *e, uint64_t birth)
{
	size_t low = 0, high = e->stretch_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (e->stretches[middle].clock < birth)
			low = middle;
		else
			high = middle;
	}
	return &e->stretches[low];
}

void epochs_keep(struct epochs *e, uint64_t birth)
{
	find_stretch(e, birth)->kept = true;
}

void epochs_thin(struct epochs *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->stretch_count; i++) {
		/* The last one, since its epoch is under way. */
		if (e->stretches[i].kept || i + 1 == e->stretch_count)
			e->stretches[kept++] = e->stretches[i];
	}
	for (size_t i = 0; i < kept; i++)
		e->stretches[i].kept = false;
	e->stretch_count = kept;
	e->thin_at = 2 * kept > THIN_AT_LEAST ? 2 * kept : THIN_AT_LEAST;
}

/* A pair's key: the number of the site from 1, and the index of the epoch. */
static uint32_t number_of(const struct amount *pair)
{
	return (uint32_t)(pair->key >> 32);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct amount *x = a;
	const struct amount *y = b;

	if (number_of(x) != number_of(y))
		return number_of(x) < number_of(y) ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->blocks != y->blocks)
		return x->blocks < y->blocks ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static void count_live(struct epochs *e, const struct tally *tally, const struct live_block *block)
{
	const struct epochs_stretch *stretch = find_stretch(e, block->birth);
	uint64_t weight = tally_weight(tally, block->size_bytes);
	uint64_t bytes = weight * block->size_bytes;
	uint64_t number = (uint64_t)block->site + 1;

	if (stretch->epoch == EPOCHS_NONE || stretch->clock >= block->birth)
		return;
	e->list[stretch->epoch].live.blocks += weight;
	e->list[stretch->epoch].live.bytes += bytes;
	amounts_add(&e->pairs, number << 32 | stretch->epoch, weight, bytes,
		    e->pair_limit ? e->pair_limit : PAIRS_MAX);
}

void epochs_finish(struct epochs *e, const struct tally *tally, const struct livemap *live,
		   uint64_t last_stamp)
{
	const struct live_block *block;
	struct amount *list;
	size_t position = 0;

	if (!epochs_begun(e))
		return;
	end_epoch(e, tally, last_stamp > e->end_stamp ? last_stamp : e->end_stamp);
	e->current = EPOCHS_NONE;
	while ((block = livemap_next(live, &position)))
		if (block->site < tally->site_count)
			count_live(e, tally, block);
	list = amounts_list(&e->pairs);
	if (e->pairs.count)
		qsort(list, e->pairs.count, sizeof *list, compare_pairs);
	e->sorted = list;
}

void epochs_build(const struct epochs *e, struct model *model, struct arena *arena,
		  const struct tally *tally)
{
	struct model_epoch *list = arena_alloc(arena, e->count * sizeof *list);

	for (size_t i = 0; i < e->count; i++) {
		const struct epoch *from = &e->list[i];

		list[i] = (struct model_epoch){
			.name = arena_strdup(arena, name_of(e, from)),
			.start_ns = reader_elapsed_ns(e->reader, from->first_stamp),
			.duration_ns = (uint64_t)((double)from->stamps *
						  tally->stamps.ns_per_stamp),
			.marks = from->marks,
			.allocations = from->allocated.blocks,
			.allocated_bytes = from->allocated.bytes,
			.left_blocks = from->left.blocks,
			.left_bytes = from->left.bytes,
			.live_blocks = from->live.blocks,
			.live_bytes = from->live.bytes,
		};
	}
	model->epochs = list;
	model->epoch_count = (uint32_t)e->count;
}

/* The first pair of a site, or where it would be. */
static size_t find_first(const struct epochs *e, uint32_t number)
{
	size_t low = 0, high = e->pairs.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number_of(&e->sorted[middle]) < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void epochs_fill(const struct epochs *e, uint32_t site, struct model_site *to, struct arena *arena)
{
	size_t first = find_first(e, site + 1);
	struct model_site_epoch *list;
	uint32_t count = 0;

	while (count < EPOCHS_OF_SITE && first + count < e->pairs.count &&
	       number_of(&e->sorted[first + count]) == site + 1)
		count++;
	list = arena_alloc(arena, count * sizeof *list);
	for (uint32_t i = 0; i < count; i++) {
		const struct amount *pair = &e->sorted[first + i];

		list[i] = (struct model_site_epoch){(uint32_t)pair->key, pair->blocks, pair->bytes};
	}
	to->epochs = list;
	to->epoch_count = count;
}
