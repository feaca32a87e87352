/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/message.h"
#include "tally_events.h"

#define CACHE_LINE 64u

_Static_assert(offsetof(struct tally_site, allocations) == CACHE_LINE &&
		       offsetof(struct tally_site, peak_blocks) == 2 * CACHE_LINE &&
		       sizeof(struct tally_site) % CACHE_LINE == 0,
	       "what tally.h says of cache lines");

void tally_init(struct tally *t, uint32_t stack_count, size_t thread_count,
		const struct tally_clock *clock, bool follow_pages)
{
	memset(t, 0, sizeof *t);
	t->follow_pages = follow_pages;
	t->stack_count = stack_count;
	t->site_of_stack = xcalloc((size_t)stack_count + 1, sizeof *t->site_of_stack);
	t->thread_count = thread_count;
	t->threads = xcalloc(thread_count, sizeof *t->threads);
	if (!clock)
		return;
	t->stamps = *clock;
	while ((clock->last_stamp - clock->start_stamp) >> t->tick_shift > UINT32_MAX)
		t->tick_shift++;
	t->tick_seconds = clock->ns_per_stamp * (double)(1ull << t->tick_shift) / 1e9;
}

void tally_count_lexis(struct tally *t, struct lexis *lexis, uint64_t since_stamp,
		       uint64_t until_stamp)
{
	uint64_t last = t->stamps.last_stamp;

	if (until_stamp && until_stamp <= last)
		last = until_stamp - 1;
	lexis_begin(lexis, tally_tick_at(t, since_stamp), tally_tick_at(t, last));
	t->lexis = lexis;
}

void tally_release_site(struct tally_site *site)
{
	series_release(&site->series);
	ages_release(&site->dead);
	ages_release(&site->alive);
	free(site->kept);
	site->kept = NULL;
}

void tally_release(struct tally *t)
{
	for (size_t i = 0; i < t->site_count; i++)
		tally_release_site(&t->sites[i]);
	free(t->sites);
	free(t->site_of_stack);
	free(t->threads);
	census_release(&t->census);
	pages_release(&t->pages);
	memset(t, 0, sizeof *t);
}

/* Doubles as ARRAY_GROW does, in lines of the cache. */
static void grow_sites(struct tally *t)
{
	size_t capacity = t->site_capacity ? 2 * t->site_capacity : 64;
	struct tally_site *sites = aligned_alloc(CACHE_LINE, capacity * sizeof *sites);

	if (!sites)
		die("out of memory");
	if (t->site_count)
		memcpy(sites, t->sites, t->site_count * sizeof *sites);
	free(t->sites);
	t->sites = sites;
	t->site_capacity = capacity;
}

uint32_t tally_add_site(struct tally *t, stack_id stack, uint8_t api)
{
	struct tally_site *site;

	if (t->site_count == t->site_capacity)
		grow_sites(t);
	site = &t->sites[t->site_count++];
	memset(site, 0, sizeof *site);
	site->stack = stack;
	site->api = api;
	site->min_bytes = UINT64_MAX;
	site->first_release = UINT64_MAX;
	site->peak_number = t->peak_number;
	if (t->sample_interval_bytes)
		site->kept = xcalloc(1, sizeof *site->kept);
	t->site_of_stack[stack] = (uint32_t)t->site_count;
	return (uint32_t)t->site_count - 1;
}

void tally_take_census(struct tally *t, uint64_t stamp)
{
	struct census_moment moment = {
		.stamp = stamp,
		.live_bytes = t->live_bytes,
		.live_blocks = t->live_blocks,
	};
	struct pages_summary pages;
	uint64_t held_bytes;

	if (t->follow_pages) {
		pages_summary(&t->pages, &pages);
		held_bytes = pages.occupied_pages * PAGES_BYTES;
		moment.heap_pages = pages.occupied_pages;
		moment.pinned_bytes = held_bytes > pages.live_bytes ? held_bytes - pages.live_bytes
								    : 0;
	}
	census_close(&t->census, &moment);
}

/* How full pages are at the peak is known when the peak is over: before the first release. */
static void note_peak_pages(struct tally *t)
{
	if (t->peak_pages_number == t->peak_number)
		return;
	t->peak_pages_number = t->peak_number;
	pages_summary(&t->pages, &t->peak_pages);
	t->peak_overhead = t->overhead;
}

static struct chunk_overhead overhead_of(const struct tally *t, const struct live_block *block)
{
	return chunks_around(&t->chunks, (uint8_t)block->api, block->size_bytes,
			     pages_is_direct(block->address, block->size_bytes));
}

void tally_occupy(struct tally *t, const struct live_block *block)
{
	struct chunk_overhead around = overhead_of(t, block);

	pages_add(&t->pages, block->address, block->size_bytes);
	t->overhead.rounding += around.rounding;
	t->overhead.headers += around.headers;
}

void tally_vacate(struct tally *t, const struct live_block *block)
{
	struct chunk_overhead around = overhead_of(t, block);

	note_peak_pages(t);
	pages_remove(&t->pages, block->address, block->size_bytes);
	t->overhead.rounding -= around.rounding;
	t->overhead.headers -= around.headers;
}

void tally_follow_death(struct tally *t, const struct live_block *block, uint64_t stamp)
{
	uint64_t now = tally_clock_at(t, stamp);
	uint64_t weight = tally_weight(t, block->size_bytes);

	lexis_count(t->lexis, block->site, block->birth_tick,
		    now > block->birth ? now - block->birth : 0, false, weight,
		    weight * block->size_bytes);
}

void tally_failed(struct tally *t, uint32_t site, bool injected)
{
	t->failures++;
	t->sites[site].failures++;
	if (injected) {
		t->injected_failures++;
		t->sites[site].injected_failures += t->sites[site].injected_failures < UINT32_MAX;
	}
}

static void finish_site(struct tally *t, struct tally_site *site)
{
	t->overwritten += site->overwritten;
	t->resized += site->resized;
	t->remote_frees += site->remote_frees;
	tally_note_share(t, site);
	/* As if there were a change now, so that what lies before it is stored. */
	tally_note_series(t, site);
	site->frees = site->allocations - site->live_blocks - site->overwritten;
	t->frees += site->frees;
	if (!site->allocations)
		site->min_bytes = 0;
	else
		site->first_slice = (uint8_t)slices_at(&t->slices, site->first_birth);
}

/* Of SLICES equal parts of the run. */
static uint32_t time_slice(uint32_t tick, uint32_t last_tick)
{
	return tick < last_tick ? (uint32_t)((uint64_t)tick * SLICES / last_tick) : SLICES - 1;
}

static void count_survivor(struct tally *t, const struct live_block *block, uint64_t last_stamp)
{
	struct tally_site *site = &t->sites[block->site];
	struct tally_size *size = &t->sizes[tally_size_class(block->size_bytes)];
	uint64_t age = tally_final_age(t, block);
	uint64_t weight = tally_weight(t, block->size_bytes);
	uint64_t bytes = weight * block->size_bytes;

	size->live_blocks += weight;
	size->live_bytes += bytes;
	t->threads[block->thread].live_blocks += weight;
	t->threads[block->thread].live_bytes += bytes;
	ages_add(&site->alive, age, weight, bytes,
		 (double)weight * tally_rent(t, block, last_stamp));
	if (t->lexis)
		lexis_count(t->lexis, block->site, block->birth_tick, age, true, weight, bytes);
	if (block->birth >= site->newest_survivor) {
		site->newest_survivor = block->birth;
		site->newest_tick = block->birth_tick;
	}
	if (!site->kept)
		site->kept = xcalloc(1, sizeof *site->kept);
	site->kept->by_slice[slices_at(&t->slices, block->birth)]++;
	site->kept->by_time[time_slice(block->birth_tick, tally_tick_at(t, last_stamp))]++;
}

void tally_finish(struct tally *t, const struct livemap *live, uint64_t last_stamp)
{
	const struct live_block *block;
	size_t position = 0;

	if (t->stamps.kind == AGE_NS)
		t->clock = tally_clock_at(t, last_stamp);
	if (t->follow_pages)
		note_peak_pages(t);
	for (size_t i = 0; i < t->site_count; i++)
		finish_site(t, &t->sites[i]);
	while ((block = livemap_next(live, &position)) != NULL)
		if (block->site < t->site_count) /* others are followed, but not counted */
			count_survivor(t, block, last_stamp);
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void merge_sample(struct tally_sample *into, const struct tally_sample *from)
{
	into->blocks += from->blocks;
	into->live_blocks += from->live_blocks;
	into->blocks_variance += from->blocks_variance;
	into->bytes_variance += from->bytes_variance;
	into->live_blocks_variance += from->live_blocks_variance;
	into->live_bytes_variance += from->live_bytes_variance;
	into->peak_bytes_variance += from->peak_bytes_variance;
}

static void merge_kept(struct tally_site *into, const struct tally_site *from)
{
	if (!from->kept)
		return;
	if (!into->kept)
		into->kept = xcalloc(1, sizeof *into->kept);
	for (uint32_t i = 0; i <= SLICES; i++)
		into->kept->by_slice[i] += from->kept->by_slice[i];
	for (uint32_t i = 0; i < SLICES; i++)
		into->kept->by_time[i] += from->kept->by_time[i];
	merge_sample(&into->kept->sample, &from->kept->sample);
}

/* Firsts, lasts and extremes; a site that allocated nothing has none. */
static void merge_extremes(struct tally_site *into, const struct tally_site *from)
{
	bool first = !into->allocations;

	into->min_bytes = first ? from->min_bytes : lesser(into->min_bytes, from->min_bytes);
	into->max_bytes = greater(into->max_bytes, from->max_bytes);
	if (first || from->first_birth < into->first_birth) {
		into->first_birth = from->first_birth;
		into->first_birth_stamp = from->first_birth_stamp;
		into->first_slice = from->first_slice;
	}
	into->last_birth_stamp = greater(into->last_birth_stamp, from->last_birth_stamp);
	into->last_release_stamp = greater(into->last_release_stamp, from->last_release_stamp);
	into->record_stamp = greater(into->record_stamp, from->record_stamp);
	into->first_release = first ? from->first_release
				    : lesser(into->first_release, from->first_release);
	if (from->newest_survivor >= into->newest_survivor) {
		into->newest_survivor = from->newest_survivor;
		into->newest_tick = from->newest_tick;
	}
	if (from->longest_chain > into->longest_chain)
		into->longest_chain = from->longest_chain;
}

void tally_merge_site(struct tally_site *into, const struct tally_site *from)
{
	if (!into->series.points) {
		into->series.slice = from->series.slice;
		into->series.shift = from->series.shift;
	}
	if (from->allocations)
		merge_extremes(into, from);
	series_merge(&into->series, &from->series);
	ages_merge(&into->dead, &from->dead);
	ages_merge(&into->alive, &from->alive);
	merge_kept(into, from);
	into->allocations += from->allocations;
	into->allocated_bytes += from->allocated_bytes;
	into->live_blocks += from->live_blocks;
	into->live_bytes += from->live_bytes;
	into->peak_blocks += from->peak_blocks;
	into->peak_bytes += from->peak_bytes;
	/* When each was at its peak is unknown, so this is what they had together at the least. */
	into->own_peak_bytes = greater(greater(into->own_peak_bytes, from->own_peak_bytes),
				       greater(into->live_bytes, into->peak_bytes));
	into->temporary += from->temporary;
	into->resized += from->resized;
	into->remote_frees += from->remote_frees;
	into->frees += from->frees;
	into->overwritten += from->overwritten;
	into->failures += from->failures;
	into->injected_failures = (uint32_t)lesser(
		(uint64_t)into->injected_failures + from->injected_failures, UINT32_MAX);
	if (!into->api)
		into->api = from->api;
}
