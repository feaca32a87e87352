/* SPDX-License-Identifier: MIT */
#include "pools.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define HEADER_BYTES 48u
#define SMALL_ARENA_BYTES (256u << 10)
#define SMALL_POOL_BYTES (4u << 10)
#define POOL_BYTES (16u << 10)

/* What a site has in the arena under way; nothing while blocks is 0. */
struct site_here {
	uint64_t blocks, live_bytes;
};

struct sweep {
	struct pools *p;
	struct pools_arena arena;
	uint64_t pool_bytes;
	uint64_t pool, pool_blocks; /* its number; none while it has no blocks */
	uint32_t pool_units; /* of the size it serves */
	uint64_t free_bytes; /* in pools of the arena */
	struct site_here *here; /* by site */
	uint32_t *sites; /* in the arena */
};

static void close_pool(struct sweep *s)
{
	struct pools_size *size = &s->p->sizes[s->pool_units];
	uint64_t block_bytes = (uint64_t)s->pool_units * CHUNKS_PYMALLOC_ALIGNMENT;
	uint64_t room, unused;

	if (!s->pool_blocks)
		return;
	room = (s->pool_bytes - HEADER_BYTES) / block_bytes;
	unused = room > s->pool_blocks ? room - s->pool_blocks : 0;
	size->pools++;
	size->blocks += s->pool_blocks;
	size->free_blocks += unused;
	s->arena.pools++;
	s->arena.block_bytes += s->pool_blocks * block_bytes;
	s->free_bytes += unused * block_bytes;
	s->pool_blocks = 0;
}

static void put_block(struct sweep *s, const struct fragmentation_block *block)
{
	struct site_here *here = &s->here[block->site];

	if (block->address / s->pool_bytes != s->pool)
		close_pool(s);
	if (!s->pool_blocks++) {
		s->pool = block->address / s->pool_bytes;
		s->pool_units = 0;
	}
	/* A block that became a little smaller stays where it is. */
	if (block->pool_units > s->pool_units)
		s->pool_units = block->pool_units;
	s->arena.blocks++;
	s->arena.live_bytes += block->size_bytes;
	if (!here->blocks++)
		s->sites[s->arena.site_count++] = block->site;
	here->live_bytes += block->size_bytes;
}

static void blame_sites(struct sweep *s)
{
	for (uint32_t i = 0; i < s->arena.site_count; i++) {
		struct pools_site *site = &s->p->sites[s->sites[i]];

		site->arenas++;
		site->exclusive_arenas += s->arena.site_count == 1;
		site->blocks += s->here[s->sites[i]].blocks;
		site->live_bytes += s->here[s->sites[i]].live_bytes;
	}
}

static uint64_t take(uint64_t *left, uint64_t wanted)
{
	uint64_t taken = wanted < *left ? wanted : *left;

	*left -= taken;
	return taken;
}

/* Blocks that lie within each other, of a hostile trace, could have more bytes than there are. */
static void add_up(struct sweep *s)
{
	struct pools *p = s->p;
	const struct pools_arena *arena = &s->arena;
	uint64_t bytes = arena->end - arena->start, left = bytes, pools;

	p->bytes += bytes;
	p->live_bytes += take(&left, arena->live_bytes);
	p->overhead_bytes += take(&left, arena->block_bytes - arena->live_bytes);
	p->free_bytes += take(&left, s->free_bytes);
	pools = arena->end / s->pool_bytes -
		(arena->start / s->pool_bytes + (arena->start % s->pool_bytes != 0));
	pools = pools > arena->pools ? pools - arena->pools : 0;
	p->unused_bytes += take(&left, pools * s->pool_bytes);
	p->other_bytes += left;
	p->blocks += arena->blocks;
	if (arena->block_bytes < bytes / POOLS_SPARSE_SHARE) {
		p->sparse_count++;
		p->sparse_single_count += arena->blocks == 1;
		p->sparse_bytes += bytes;
		p->sparse_blocks += arena->blocks;
		p->sparse_live_bytes += arena->live_bytes;
		blame_sites(s);
	}
}

static void close_arena(struct sweep *s)
{
	uint64_t most = 0;

	close_pool(s);
	add_up(s);
	for (uint32_t i = 0; i < s->arena.site_count; i++) {
		struct site_here *here = &s->here[s->sites[i]];

		if (here->live_bytes >= most) {
			most = here->live_bytes;
			s->arena.most_site = s->sites[i];
		}
		memset(here, 0, sizeof *here);
	}
	s->p->arenas[s->p->arena_count++] = s->arena;
}

/* Of blocks from the first one on, those below an address; returns how many there are. */
static size_t count_outside(struct pools *p, const struct fragmentation_block *blocks, size_t count,
			    uint64_t below)
{
	size_t i = 0;

	for (; i < count && blocks[i].address < below; i++)
		p->outside_blocks += blocks[i].pool_units != 0;
	return i;
}

void pools_survey(struct pools *p, const struct intervals *arenas,
		  const struct fragmentation_block *blocks, size_t count, size_t site_count)
{
	struct sweep s = {.p = p};
	struct interval_range range = {0, 0, 0};
	size_t at = 0;

	memset(p, 0, sizeof *p);
	p->sites = xcalloc(site_count, sizeof *p->sites);
	p->arenas = xcalloc(arenas->count, sizeof *p->arenas);
	s.here = xcalloc(site_count, sizeof *s.here);
	s.sites = xcalloc(site_count, sizeof *s.sites);
	while (intervals_next(arenas, range.end, &range)) {
		s.arena = (struct pools_arena){.start = range.start, .end = range.end};
		s.pool_bytes = range.end - range.start > SMALL_ARENA_BYTES ? POOL_BYTES
									   : SMALL_POOL_BYTES;
		s.free_bytes = 0;
		at += count_outside(p, blocks + at, count - at, range.start);
		for (; at < count && blocks[at].address < range.end; at++)
			if (blocks[at].pool_units)
				put_block(&s, &blocks[at]);
		close_arena(&s);
	}
	count_outside(p, blocks + at, count - at, UINT64_MAX);
	free(s.here);
	free(s.sites);
}

void pools_release(struct pools *p)
{
	free(p->arenas);
	free(p->sites);
	memset(p, 0, sizeof *p);
}
