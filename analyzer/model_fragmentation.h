/* SPDX-License-Identifier: MIT */
/*
 * model_fragmentation.h - the part of the model about memory that is resident and not live. Private to
 * model.h, whose rules hold here, too.
 */
#ifndef TENURE_MODEL_FRAGMENTATION_H
#define TENURE_MODEL_FRAGMENTATION_H

#include <stdbool.h>
#include <stdint.h>

/* Resident memory taken apart; the parts add up to resident. */
struct model_memory_parts {
	bool known; /* resident memory was sampled; else resident, retained, other are 0 */
	uint64_t live; /* asked for by the program */
	uint64_t rounding, headers; /* as glibc lays blocks out */
	uint64_t pinned; /* free bytes on pages that hold a live block */
	uint64_t retained; /* whole free pages that the allocator keeps */
	uint64_t other; /* files, stacks, mappings, the recorder's own */
	uint64_t resident;
	uint64_t untouched; /* live bytes that cannot have been resident */
};

struct model_pages {
	uint64_t occupied, single_block; /* pages with a live block, with just one */
	uint64_t pinned_bytes;
	uint64_t tenths[10]; /* occupied pages by share of live bytes: up to 10 %, 20 %, ... */
};

/* A part of a region: so many pages, one after the other. */
struct model_stretch {
	uint32_t occupied; /* pages with a live block */
	uint32_t site; /* model_site.id of the one that pins most here; 0: none does */
	uint64_t live_bytes, pinned_bytes;
};

/* A stretch of addresses in which the allocator keeps blocks. */
struct model_region {
	uint64_t start, end;
	uint64_t live_blocks, live_bytes;
	uint64_t pages, pinned_bytes;
	const struct model_stretch *map; /* from the page of `start` on, each of map_pages pages; */
	uint32_t map_count; /* 0: not asked for */
	uint64_t map_pages; /* the last may be of fewer */
};

/* Two sites whose blocks share pages although one's live long and the other's do not. */
struct model_mixture {
	uint32_t long_lived, short_lived; /* model_site.id */
	uint64_t pages, pinned_bytes;
};

/* Pools of CPython's allocator for small blocks (pymalloc) that serve blocks of one size. */
struct model_pool_size {
	uint32_t block_bytes;
	uint64_t pools, blocks, free_blocks;
};

/* What that allocator gets from the system, and gives back as a whole. */
struct model_arena {
	uint64_t start, end;
	uint64_t live_blocks, live_bytes;
	uint64_t pools; /* with a live block */
	uint64_t site_count; /* that have blocks here */
	uint32_t site; /* model_site.id of the one with most bytes; 0: there is none */
};

/* A site whose blocks keep sparse arenas. */
struct model_arena_holder {
	uint32_t site; /* model_site.id */
	uint64_t arenas; /* that hold a block of it */
	uint64_t exclusive_arenas; /* of these, with blocks of no other site */
	uint64_t blocks, bytes; /* in them */
};

/* All arenas at the end, and where their bytes are; none if there is no such allocator. */
struct model_arenas {
	uint64_t ever, most; /* how many there were in all, at most at a time */
	uint64_t bytes; /* of those at the end: the sum of the following */
	uint64_t live; /* asked for */
	uint64_t overhead; /* rounding, and what debug hooks add */
	uint64_t free; /* free blocks in pools that serve a size */
	uint64_t unused; /* free pools */
	uint64_t other; /* headers of pools, and what is too small for a block or a pool */
	uint64_t blocks;
	uint64_t outside_blocks; /* small, but malloc's; or in arenas from before the recording */
	uint64_t sparse, sparse_single; /* arenas with less than a tenth in blocks, with just one */
	uint64_t sparse_bytes, sparse_blocks, sparse_live; /* of all of the former */
	const struct model_arena *list; /* fewest live bytes first */
	uint32_t count;
	const struct model_arena_holder *holders; /* of sparse ones: most exclusive, most first */
	uint32_t holder_count;
	const struct model_pool_size *sizes; /* those that occur, ascending */
	uint32_t size_count;
};

struct model_fragmentation {
	bool known; /* pages were followed */
	bool glibc; /* the allocator's layout is known; else rounding and headers are in pinned */
	struct model_memory_parts end, peak; /* peak: at the most live bytes */
	struct model_pages pages_end, pages_peak; /* of 4 KiB */
	struct model_pages huge_end; /* of 2 MiB */
	uint64_t hole_count, hole_bytes, largest_hole; /* between live blocks, at the end */
	const struct model_region *regions; /* at the end, most pinned bytes first */
	uint32_t region_count;
	const struct model_mixture *mixtures; /* at the peak, most pages first */
	uint32_t mixture_count;
	uint64_t mixtures_missing; /* further pairs that found no room when counting */
	struct model_arenas arenas;
};

#endif
