/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "arenas.h"
#include "survival.h"

#define MAPS_MAX 16u

/* Blocks of all buckets, and of those below one. */
static void count_below(const struct ages *ages, uint32_t bucket, uint64_t *all, uint64_t *below)
{
	*all = *below = 0;
	for (uint32_t i = 0; i < ages->count; i++) {
		uint64_t blocks = ages->list[i].blocks;

		*all = ages_add_saturated(*all, blocks);
		if (ages->list[i].bucket < bucket)
			*below = ages_add_saturated(*below, blocks);
	}
}

/*
 * Whether the estimated median lifetime is at least old_age. Counting decides nearly always: the
 * estimate lies between that of a run in which blocks that still live had never been and that of one
 * in which they live on for ever. Only in between it must be made.
 */
static bool is_long_lived(const struct tally_site *site, uint64_t old_age)
{
	uint32_t bucket = ages_bucket(old_age);
	uint64_t dead, dead_before, dead_through, alive, alive_through;
	struct survival survival;

	count_below(&site->dead, bucket, &dead, &dead_before);
	count_below(&site->dead, bucket + 1, &dead, &dead_through);
	count_below(&site->alive, bucket + 1, &alive, &alive_through);
	if (dead_before > ages_add_saturated(dead - dead_before, alive))
		return false;
	if (ages_add_saturated(dead - dead_through, alive - alive_through) > dead_through)
		return true;
	survival_estimate(&survival, &site->dead, &site->alive, 1);
	return !survival.has_median || survival.median_age >= old_age;
}

/* Of a block on the heap's pages: it is far below 256. */
static uint8_t overhead_of(const struct tally *tally, const struct live_block *block)
{
	struct chunk_overhead around = chunks_around(&tally->chunks, (uint8_t)block->api,
						     block->size_bytes, false);

	return (uint8_t)(around.rounding + around.headers);
}

static uint8_t pool_units_of(const struct tally *tally, const struct live_block *block)
{
	uint32_t bytes;

	if (!chunks_in_pool(&tally->chunks, (uint8_t)block->api, block->size_bytes, &bytes))
		return 0;
	return (uint8_t)(bytes / CHUNKS_PYMALLOC_ALIGNMENT);
}

/* Blocks may be of another replay of the same events: sites have the same indices in all of them. */
static void survey(const struct heap *heap, struct fragmentation *result, struct pools *pools,
		   const struct replay *replay, size_t site_count, struct stretches *stretches)
{
	const struct livemap *live = &replay->live;
	struct fragmentation_block *blocks = xcalloc(live->count, sizeof *blocks);
	const struct live_block *block;
	size_t position = 0, count = 0;

	while ((block = livemap_next(live, &position)) != NULL) {
		if (block->site >= site_count)
			continue; /* followed, but not counted */
		blocks[count++] = (struct fragmentation_block){
			.address = block->address,
			.size_bytes = block->size_bytes,
			.site = block->site,
			.overhead_bytes = overhead_of(&replay->tally, block),
			.pool_units = pool_units_of(&replay->tally, block),
			.long_lived = heap->long_lived[block->site],
		};
	}
	fragmentation_survey(result, heap->layout, blocks, count, site_count, stretches);
	if (pools)
		pools_survey(pools, &replay->space.arenas, blocks, count, site_count);
	free(blocks);
}

void heap_survey_end(struct heap *heap, const struct replay *replay, uint64_t old_age, bool maps)
{
	const struct tally *tally = &replay->tally;

	heap->layout = tally->chunks.glibc ? FRAGMENTATION_LAYOUT_GLIBC
					   : FRAGMENTATION_LAYOUT_UNKNOWN;
	heap->long_lived = xcalloc(tally->site_count, sizeof *heap->long_lived);
	for (size_t i = 0; i < tally->site_count; i++)
		heap->long_lived[i] = is_long_lived(&tally->sites[i], old_age);
	heap->mapped = maps;
	survey(heap, &heap->end, &heap->pools, replay, tally->site_count,
	       maps ? &heap->stretches : NULL);
}

void heap_survey_peak(struct heap *heap, struct reader *reader, const struct replay *replay)
{
	struct replay_options until_peak = {
		.clock = replay->options.clock,
		.since_stamp = replay->options.since_stamp,
		.until_stamp = replay->tally.peak_stamp + 1,
		.live_only = true,
	};
	struct replay again;

	reader_rewind(reader);
	replay_run(&again, reader, &until_peak);
	survey(heap, &heap->peak, NULL, &again, replay->tally.site_count, NULL);
	replay_release(&again);
}

void heap_release(struct heap *heap)
{
	fragmentation_release(&heap->end);
	fragmentation_release(&heap->peak);
	pools_release(&heap->pools);
	stretches_release(&heap->stretches);
	free(heap->long_lived);
}

/* The sample nearest in time; NULL if there is none. */
static const struct trace_memory *sample_at(const struct reader *reader, uint64_t elapsed_ns)
{
	uint64_t start = reader_program(reader)->start_monotonic_ns;
	const struct trace_memory *best = NULL;
	uint64_t best_distance = UINT64_MAX;

	for (uint32_t i = 0; i < reader_memory_count(reader); i++) {
		const struct trace_memory *sample = reader_memory(reader, i);
		uint64_t at = sample->monotonic_ns > start ? sample->monotonic_ns - start : 0;
		uint64_t distance = at > elapsed_ns ? at - elapsed_ns : elapsed_ns - at;

		if (distance <= best_distance) {
			best = sample;
			best_distance = distance;
		}
	}
	return best;
}

static struct model_memory_parts decompose(const struct pages_summary *pages,
					   const struct chunk_overhead *overhead,
					   const struct trace_memory *sample)
{
	uint64_t heap_bytes = (pages->occupied_pages + pages->direct_pages) * PAGES_BYTES;
	uint64_t resident = sample ? sample->resident_bytes : heap_bytes;
	struct fragmentation_parts parts;

	fragmentation_decompose(&parts, pages, overhead, resident,
				sample ? sample->shared_bytes : 0);
	return (struct model_memory_parts){
		.known = sample != NULL,
		.live = parts.live,
		.rounding = parts.rounding,
		.headers = parts.headers,
		.pinned = parts.pinned,
		.retained = sample ? parts.retained : 0,
		.other = sample ? parts.other : 0,
		.resident = sample ? parts.resident : 0,
		.untouched = sample ? parts.untouched : 0,
	};
}

static struct model_pages copy_pages(const struct fragmentation_view *from)
{
	struct model_pages pages = {
		.occupied = from->occupied_pages,
		.single_block = from->single_block_pages,
		.pinned_bytes = from->pinned_bytes,
	};

	memcpy(pages.tenths, from->tenths, sizeof pages.tenths);
	return pages;
}

static int compare_regions(const void *a, const void *b)
{
	const struct model_region *x = a;
	const struct model_region *y = b;

	if (x->pinned_bytes != y->pinned_bytes)
		return x->pinned_bytes < y->pinned_bytes ? 1 : -1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Of the regions with the most pinned bytes. ids: by stack id. */
static void build_maps(struct model_region *regions, size_t count, struct arena *arena,
		       const struct heap *heap, const struct tally *tally, const uint32_t *ids)
{
	uint32_t *ids_by_site = xcalloc(tally->site_count, sizeof *ids_by_site);

	for (size_t i = 0; i < tally->site_count; i++)
		ids_by_site[i] = ids[tally->sites[i].stack];
	for (size_t i = 0; i < count && i < MAPS_MAX; i++)
		stretches_fold(&heap->stretches, &regions[i], arena, ids_by_site,
			       tally->site_count);
	free(ids_by_site);
}

/* You may add to what is returned. */
static struct model_region *build_regions(struct model_fragmentation *to, struct arena *arena,
					  const struct fragmentation *from)
{
	struct model_region *regions = arena_alloc(arena, from->region_count * sizeof *regions);

	for (size_t i = 0; i < from->region_count; i++) {
		const struct fragmentation_region *region = &from->regions[i];

		regions[i] = (struct model_region){
			.start = region->start,
			.end = region->end,
			.live_blocks = region->blocks,
			.live_bytes = region->live_bytes,
			.pages = region->occupied_pages,
			.pinned_bytes = region->pinned_bytes,
		};
	}
	qsort(regions, from->region_count, sizeof *regions, compare_regions);
	to->regions = regions;
	to->region_count = (uint32_t)from->region_count;
	return regions;
}

static void build_mixtures(struct model_fragmentation *to, struct arena *arena,
			   const struct fragmentation *from, const struct tally *tally,
			   const uint32_t *ids)
{
	struct model_mixture *mixtures = arena_alloc(arena, from->pair_count * sizeof *mixtures);

	for (size_t i = 0; i < from->pair_count; i++)
		mixtures[i] = (struct model_mixture){
			.long_lived = ids[tally->sites[from->pairs[i].long_lived].stack],
			.short_lived = ids[tally->sites[from->pairs[i].short_lived].stack],
			.pages = from->pairs[i].pages,
			.pinned_bytes = from->pairs[i].pinned_bytes,
		};
	to->mixtures = mixtures;
	to->mixture_count = (uint32_t)from->pair_count;
	to->mixtures_missing = from->pairs_dropped;
}

void heap_build(const struct heap *heap, struct model *model, struct arena *arena,
		const struct reader *reader, const struct replay *replay, const uint32_t *ids)
{
	struct model_fragmentation *to = &model->fragmentation;
	const struct tally *tally = &replay->tally;
	struct model_region *regions;
	struct pages_summary pages;

	to->known = true;
	to->glibc = heap->layout == FRAGMENTATION_LAYOUT_GLIBC;
	pages_summary(&tally->pages, &pages);
	to->end = decompose(&pages, &tally->overhead, sample_at(reader, model->run.duration_ns));
	to->peak = decompose(&tally->peak_pages, &tally->peak_overhead,
			     sample_at(reader, model->run.peak_ns));
	to->pages_end = copy_pages(&heap->end.pages);
	to->huge_end = copy_pages(&heap->end.huge_pages);
	to->pages_peak = copy_pages(&heap->peak.pages);
	to->hole_count = heap->end.holes.count;
	to->hole_bytes = heap->end.holes.bytes;
	to->largest_hole = heap->end.holes.largest_bytes;
	regions = build_regions(to, arena, &heap->end);
	if (heap->mapped)
		build_maps(regions, to->region_count, arena, heap, tally, ids);
	build_mixtures(to, arena, &heap->peak, tally, ids);
	arenas_build(&to->arenas, arena, &heap->pools, replay, ids);
}
