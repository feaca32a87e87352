/* SPDX-License-Identifier: MIT */
/*
 * fragmentation.h - where the memory goes that is resident and not live: a survey of the heap's
 * layout at one moment, whom to blame for it, and resident memory taken apart.
 *
 * The survey reads nothing but the live blocks, so what lies between them is inferred: free bytes
 * are those of no block, arenas are where blocks lie together. Counting is by pages that hold a
 * byte of a live block ("occupied"), as in pages.h. Blocks that were mapped by themselves
 * (pages_is_direct) give their pages back and are only counted.
 *
 * Invariants, whatever the blocks: bytes on occupied pages are live, overhead or pinned, in both
 * views; their tenths add up to their occupied_pages; pinned_bytes of the sites add up to that of
 * `pages`, exactly, and so do the regions'. An address belongs to the block that starts first (of
 * two that start together, to the larger); a block without any address left is "shadowed" and only
 * counted. Blocks overlap where events were lost. Time is linear in blocks.
 */
#ifndef TENURE_FRAGMENTATION_H
#define TENURE_FRAGMENTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunks.h"
#include "coresidence.h"
#include "pages.h"
#include "stretches.h"

#define FRAGMENTATION_PAIRS 32
#define FRAGMENTATION_HOLE_SIZES 32

struct fragmentation_block {
	uint64_t address, size_bytes; /* as asked for; 0 counts as one byte */
	uint32_t site; /* below site_count */
	uint8_t overhead_bytes; /* around it; 0 if that is not known */
	uint8_t pool_units; /* it takes in a pool of pymalloc, see pools.h; 0: it is in none */
	bool long_lived; /* by the caller's measure */
};

/* What surrounds a block. */
enum fragmentation_layout {
	/* Not known: what is around blocks counts as pinned, and gaps of up to 16 bytes and a quarter of the
	 * block in front, the widest step between size classes of jemalloc, are no holes. */
	FRAGMENTATION_LAYOUT_UNKNOWN,
	/* Chunks, see chunks.h: 16 bytes behind one are part of it, as a chunk of their own they
	 * would be too small. */
	FRAGMENTATION_LAYOUT_GLIBC,
};

/* Heap pages of one size. live + overhead + pinned bytes are occupied_pages times that size. */
struct fragmentation_view {
	uint64_t occupied_pages;
	uint64_t live_bytes; /* asked for */
	uint64_t overhead_bytes; /* rounding and headers, on the page of a block's last byte */
	uint64_t pinned_bytes; /* the rest: free, but on a page that is held */
	uint64_t tenths[PAGES_TENTHS]; /* of pages, by live bytes, as in pages.h */
	uint64_t single_block_pages; /* held by exactly one block, though it may be as large */
	uint64_t single_block_pinned_bytes; /* on these */
};

/* Free space between neighbouring blocks of a region. */
struct fragmentation_holes {
	uint64_t count, bytes, largest_bytes;
	uint64_t counts[FRAGMENTATION_HOLE_SIZES]; /* of [2^i, 2^(i+1)) bytes, the last of more */
	uint64_t bytes_by_size[FRAGMENTATION_HOLE_SIZES]; /* in those */
};

/*
 * Blocks that lie in an aligned 64 MiB, which is what glibc's arenas are made of (arena.c,
 * HEAP_MAX_SIZE), or in several that the blocks run through with less than 1 MiB between them, as
 * the brk heap's do.
 */
struct fragmentation_region {
	uint64_t start, end; /* first byte of the first block, and behind the last of the last */
	uint64_t blocks, live_bytes;
	uint64_t occupied_pages, pinned_bytes; /* of 4 KiB */
};

/* A site's part, by 4 KiB pages. */
struct fragmentation_site {
	uint64_t pages; /* that hold a block of it */
	uint64_t pinned_bytes; /* blame: each page's, shared over its blocks by bytes on it */
	uint64_t exclusive_pages; /* that hold blocks of no other site: free but for this one */
	uint64_t exclusive_pinned_bytes; /* on these */
	uint64_t scattered_pages; /* where it has only long-lived blocks, on less than a quarter */
};

/* End with fragmentation_release. */
struct fragmentation {
	struct fragmentation_view pages, huge_pages; /* 4 KiB, 2 MiB */
	struct fragmentation_holes holes;
	struct fragmentation_site *sites; /* by site index */
	size_t site_count;
	struct fragmentation_region *regions; /* by address */
	size_t region_count, region_capacity;
	struct coresidence_pair pairs[FRAGMENTATION_PAIRS]; /* of different sites, best first */
	size_t pair_count;
	uint64_t pairs_dropped; /* pages of pairs that there was no place to count */
	uint64_t crowded_pages; /* with over 32 sites of a kind, of which 32 went into pairs */
	uint64_t blocks; /* on heap pages */
	uint64_t direct_blocks, direct_bytes, direct_pages; /* bytes and pages modulo 2^64 */
	uint64_t shadowed_blocks;
};

/*
 * Fills *f, which need not be initialised. Sorts the blocks in place; the order they came in
 * changes nothing. Memory besides the results: 8 bytes per site, and 48 MiB at most for pairs.
 * Pages are noted in `stretches`, unless that is NULL, for the maps of the regions.
 */
void fragmentation_survey(struct fragmentation *f, enum fragmentation_layout layout,
			  struct fragmentation_block *blocks, size_t count, size_t site_count,
			  struct stretches *stretches);

void fragmentation_release(struct fragmentation *f);

/* resident == live + rounding + headers + pinned + retained + other. In bytes. */
struct fragmentation_parts {
	uint64_t live, rounding, headers, pinned, retained, other, resident;
	uint64_t untouched; /* cut from live (then pinned, ...), as it is not resident */
};

/*
 * Takes resident memory apart as far as a trace can tell. `pages` describes the same moment as
 * resident_bytes; overhead is the sum over all live blocks, direct ones included (0 if the allocator
 * is not known: then it is part of pinned); file_backed_bytes are those of
 * resident_bytes that files back.
 *
 * Known: live blocks, and how many pages they hold. So pinned is what these pages have beyond the
 * blocks, their rounding and their headers. Estimated: how much of that is resident. All of it is
 * taken to be, unless anonymous memory is smaller: then the difference was asked for and never
 * touched, most likely inside large blocks, so it is first taken from live and shown as untouched.
 * Where other anonymous memory (stacks, data, the program's own mappings) hides such a difference,
 * live is too large and `other` too small by as much. retained is at most the pages that once held
 * blocks, and at most the anonymous memory that is left: which of them the allocator has given back
 * (trimming, munmap of arenas, MADV_DONTNEED) is not in a trace, and others may by now have been
 * mapped in their place, so it is an upper bound. Caches of the allocator on pages that never held
 * a block, its top chunk as far as it was touched, and tables are in `other`.
 */
void fragmentation_decompose(struct fragmentation_parts *parts, const struct pages_summary *pages,
			     const struct chunk_overhead *overhead, uint64_t resident_bytes,
			     uint64_t file_backed_bytes);

#endif
