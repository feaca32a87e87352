/* SPDX-License-Identifier: MIT */
#include "arenas.h"

#include <stdlib.h>

static int compare_arenas(const void *a, const void *b)
{
	const struct model_arena *x = a;
	const struct model_arena *y = b;

	if (x->live_bytes != y->live_bytes)
		return x->live_bytes < y->live_bytes ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static int compare_holders(const void *a, const void *b)
{
	const struct model_arena_holder *x = a;
	const struct model_arena_holder *y = b;

	if (x->exclusive_arenas != y->exclusive_arenas)
		return x->exclusive_arenas < y->exclusive_arenas ? 1 : -1;
	if (x->arenas != y->arenas)
		return x->arenas < y->arenas ? 1 : -1;
	return x->site < y->site ? -1 : x->site > y->site;
}

static void build_list(struct model_arenas *to, struct arena *memory, const struct pools *pools,
		       const struct tally *tally, const uint32_t *ids)
{
	struct model_arena *list = arena_alloc(memory, pools->arena_count * sizeof *list);

	for (size_t i = 0; i < pools->arena_count; i++) {
		const struct pools_arena *from = &pools->arenas[i];

		list[i] = (struct model_arena){
			.start = from->start,
			.end = from->end,
			.live_blocks = from->blocks,
			.live_bytes = from->live_bytes,
			.pools = from->pools,
			.site_count = from->site_count,
			.site = from->blocks ? ids[tally->sites[from->most_site].stack] : 0,
		};
	}
	qsort(list, pools->arena_count, sizeof *list, compare_arenas);
	to->list = list;
	to->count = (uint32_t)pools->arena_count;
}

static void build_holders(struct model_arenas *to, struct arena *memory, const struct pools *pools,
			  const struct tally *tally, const uint32_t *ids)
{
	struct model_arena_holder *holders;
	size_t count = 0;

	for (size_t i = 0; i < tally->site_count; i++)
		count += pools->sites[i].arenas != 0;
	holders = arena_alloc(memory, count * sizeof *holders);
	for (size_t i = 0; i < tally->site_count; i++) {
		const struct pools_site *from = &pools->sites[i];

		if (from->arenas)
			holders[to->holder_count++] = (struct model_arena_holder){
				.site = ids[tally->sites[i].stack],
				.arenas = from->arenas,
				.exclusive_arenas = from->exclusive_arenas,
				.blocks = from->blocks,
				.bytes = from->live_bytes,
			};
	}
	qsort(holders, count, sizeof *holders, compare_holders);
	to->holders = holders;
}

static void build_sizes(struct model_arenas *to, struct arena *memory, const struct pools *pools)
{
	struct model_pool_size *sizes = arena_alloc(memory, POOLS_SIZES * sizeof *sizes);

	for (uint32_t i = 0; i < POOLS_SIZES; i++)
		if (pools->sizes[i].pools)
			sizes[to->size_count++] = (struct model_pool_size){
				.block_bytes = i * CHUNKS_PYMALLOC_ALIGNMENT,
				.pools = pools->sizes[i].pools,
				.blocks = pools->sizes[i].blocks,
				.free_blocks = pools->sizes[i].free_blocks,
			};
	to->sizes = sizes;
}

void arenas_build(struct model_arenas *to, struct arena *memory, const struct pools *pools,
		  const struct replay *replay, const uint32_t *ids)
{
	*to = (struct model_arenas){
		.ever = replay->space.arenas_ever,
		.most = replay->space.arenas_most,
		.bytes = pools->bytes,
		.live = pools->live_bytes,
		.overhead = pools->overhead_bytes,
		.free = pools->free_bytes,
		.unused = pools->unused_bytes,
		.other = pools->other_bytes,
		.blocks = pools->blocks,
		.outside_blocks = pools->outside_blocks,
		.sparse = pools->sparse_count,
		.sparse_single = pools->sparse_single_count,
		.sparse_bytes = pools->sparse_bytes,
		.sparse_blocks = pools->sparse_blocks,
		.sparse_live = pools->sparse_live_bytes,
	};
	build_list(to, memory, pools, &replay->tally, ids);
	build_holders(to, memory, pools, &replay->tally, ids);
	build_sizes(to, memory, pools);
}
