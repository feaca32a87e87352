/* SPDX-License-Identifier: MIT */
/*
 * pools.h - how full the arenas of CPython's allocator for small blocks (pymalloc) are at one moment, and
 * whose blocks keep them.
 *
 * From Objects/obmalloc.c: an arena is given back to the system when it is free as a whole. It is cut
 * into aligned pools, of 4 KiB in arenas of 256 KiB (to 3.9) and of 16 KiB in those of 1 MiB; a pool
 * with a live block serves one size, behind a header of 48 bytes; a free one may serve any. So
 * everything follows from the arenas and the live blocks, and equals what sys._debugmallocstats()
 * says. Time is linear in blocks, whatever the arenas.
 */
#ifndef TENURE_POOLS_H
#define TENURE_POOLS_H

#include <stddef.h>
#include <stdint.h>

#include "fragmentation.h"
#include "intervals.h"

#define POOLS_SIZES 33u /* in units of CHUNKS_PYMALLOC_ALIGNMENT; there is none of size 0 */
#define POOLS_SPARSE_SHARE 10u

/* Pools of one size, and blocks in them. */
struct pools_size {
	uint64_t pools, blocks, free_blocks;
};

struct pools_arena {
	uint64_t start, end;
	uint64_t blocks, live_bytes;
	uint64_t block_bytes; /* as the allocator rounds them */
	uint32_t pools; /* with a live block */
	uint32_t site_count; /* that have blocks here */
	uint32_t most_site; /* of these, with most bytes */
};

/* A site's part in sparse arenas. */
struct pools_site {
	uint64_t arenas; /* that hold a block of it */
	uint64_t exclusive_arenas; /* of these, without blocks of another site */
	uint64_t blocks, live_bytes;
};

/* End with pools_release. live + overhead + free + unused + other == bytes. */
struct pools {
	uint64_t bytes; /* of all arenas */
	uint64_t live_bytes; /* asked for, in them */
	uint64_t overhead_bytes; /* around these: rounding, and what debug hooks add */
	uint64_t free_bytes; /* of free blocks in pools that serve a size */
	uint64_t unused_bytes; /* of free pools */
	uint64_t other_bytes; /* headers of pools, and what is too small for a block or a pool */
	uint64_t blocks;
	/* In no arena: they were larger once, and malloc's; or theirs is from before the recording. */
	uint64_t outside_blocks;
	struct pools_size sizes[POOLS_SIZES]; /* by size in units */
	struct pools_arena *arenas; /* by address */
	size_t arena_count;
	/* Of sparse arenas, with less than 1 / POOLS_SPARSE_SHARE in blocks, and in them. */
	uint64_t sparse_count, sparse_single_count; /* the latter with a single block */
	uint64_t sparse_bytes, sparse_blocks, sparse_live_bytes;
	struct pools_site *sites; /* by site index */
};

/* Blocks are sorted by address, as by fragmentation_survey. Fills *p, which need not be initialised. */
void pools_survey(struct pools *p, const struct intervals *arenas,
		  const struct fragmentation_block *blocks, size_t count, size_t site_count);

void pools_release(struct pools *p);

#endif
