/* SPDX-License-Identifier: MIT */
/*
 * pages.h - how full the pages of the heap are, from nothing but the addresses of blocks.
 *
 * Kept up to date with every block, so that the state at any moment of a replay can be read in
 * constant time. A page is occupied while it holds a byte of a live block, and vacated once it has
 * held one and does no more: what the allocator then keeps or gives back is not seen from here.
 *
 * Blocks that the allocator mapped by themselves ("direct", see pages_is_direct) leave with their
 * pages, so they count apart and never as vacated. All other members speak of the heap's pages.
 *
 * Invariants at any moment, whatever the calls were: the tenths add up to occupied_pages;
 * live_bytes <= 4096 * occupied_pages; single_block_pages <= occupied_pages. Where blocks overlap,
 * as they do after lost events, a page's bytes add up to 4096 at most; pages of a block that covers
 * an aligned 2 MiB count besides those of smaller blocks there. Calls for pages beyond 2^48, and
 * for new ones once 2^18 huge pages (512 GiB) were touched, are counted but have no page.
 *
 * Memory: 2 KiB for each aligned 2 MiB that ever held a block, 2 KiB for each 512 MiB that has
 * such, and up to 4 MiB for the root; at most 1 GiB. Nothing is freed before pages_release. Only
 * the analysis calls this.
 */
#ifndef TENURE_PAGES_H
#define TENURE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGES_BYTES 4096u
#define PAGES_HUGE_BYTES (2u << 20)
#define PAGES_TENTHS 10

struct pages_summary {
	uint64_t live_bytes; /* of live blocks, on the heap's pages; a block of size 0 has one */
	uint64_t occupied_pages; /* with at least one live block */
	uint64_t vacated_pages; /* occupied once, and not now */
	uint64_t single_block_pages; /* occupied by exactly one block, though it may be as large */
	/* Occupied pages, by live bytes: from i tenths to less than i + 1; the last with full ones. */
	uint64_t tenths[PAGES_TENTHS];
	uint64_t huge_occupied; /* aligned 2 MiB with at least one live block */
	uint64_t direct_bytes, direct_pages; /* sums modulo 2^64: what wraps unwraps on removal */
	uint64_t unplaced_bytes; /* of live blocks, beyond what pages are kept for */
};

struct pages_chunk; /* the pages of an aligned 2 MiB */

/* Zero-initialise to start; end with pages_release. All members are pages' own. */
struct pages {
	struct pages_chunk ***leaves; /* by bits 29 to 47 of the address, then 21 to 28 */
	struct pages_chunk *newest; /* the one that was asked for last */
	uint64_t newest_number;
	uint64_t live_bytes, vacated, single, huge_occupied;
	uint64_t by_tenth[PAGES_TENTHS + 1]; /* the last: full pages */
	uint64_t direct_bytes, direct_pages;
	uint64_t unplaced_bytes;
	size_t chunk_count;
	size_t chunk_limit; /* 0: what pages.h says; tests set less */
};

/* A block was born. Size 0 counts as one byte; what reaches beyond 2^64 is cut off. */
void pages_add(struct pages *p, uint64_t address, uint64_t size_bytes);

/*
 * The same block, with the same size, died. The removal of a block that was not added finds the
 * pages empty and does nothing, or takes from other blocks' bytes, but never below none.
 */
void pages_remove(struct pages *p, uint64_t address, uint64_t size_bytes);

/* In constant time. */
void pages_summary(const struct pages *p, struct pages_summary *summary);

void pages_release(struct pages *p);

/*
 * True for a block that glibc most probably mapped by itself: a chunk of at least M_MMAP_THRESHOLD
 * (128 KiB to begin with, header included), whose two words of header start the mapping; of those
 * that lie in the heap because the threshold has risen, one in 256 looks the same. Also for any
 * block over 32 MiB, the highest threshold there is (malloc.c, DEFAULT_MMAP_THRESHOLD_MAX), where
 * other allocators map as well.
 */
bool pages_is_direct(uint64_t address, uint64_t size_bytes);

/*
 * 4 KiB pages that the mapping of a direct block has. glibc adds a word behind the block, which
 * has no next chunk to lend it one (malloc.c, sysmalloc_mmap).
 */
uint64_t pages_of_direct(uint64_t address, uint64_t size_bytes);

#endif
