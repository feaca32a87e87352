/* SPDX-License-Identifier: MIT */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define PAGE_BITS 12
#define CHUNK_BITS 21
#define LEAF_BITS 8
#define ROOT_BITS 19
#define CHUNK_PAGES (1u << (CHUNK_BITS - PAGE_BITS))
#define CHUNKS_MAX ((size_t)1 << 18)
#define LEAF_CHUNKS ((size_t)1 << LEAF_BITS)
#define ROOT_LEAVES ((size_t)1 << ROOT_BITS)
#define BLOCKS_STUCK UINT16_MAX

#define DIRECT_OFFSET 16u
#define DIRECT_MIN_BYTES ((128u << 10) - 23) /* the smallest whose chunk has 128 KiB */
#define HEAP_MAX_BYTES (32u << 20)

/*
 * bytes: sum over the blocks here, or 1 on a page without blocks that once had some. blocks sticks
 * at its highest value for good, as counting on would be wrong from then on; only overlapping
 * blocks, hostile input, come that far.
 */
struct page {
	uint16_t bytes, blocks;
};

struct pages_chunk {
	uint64_t covers; /* blocks that cover all of it and count on no page */
	uint16_t occupied; /* pages with blocks of their own */
	uint16_t touched; /* pages that ever were occupied, or covered */
	struct page pages[CHUNK_PAGES];
};

_Static_assert(PAGES_BYTES == 1u << PAGE_BITS, "");
_Static_assert(PAGES_HUGE_BYTES == 1u << CHUNK_BITS, "");

/*
 * A radix tree, not a hash: no choice of addresses makes it slow. A chunk that was not there when a
 * block was added is not there when it is removed either: once the limit is reached, no more are
 * made.
 */
static struct pages_chunk **make_slot(struct pages *p, uint64_t number)
{
	struct pages_chunk ***leaf;

	if (!p->leaves)
		p->leaves = xcalloc(ROOT_LEAVES, sizeof *p->leaves);
	leaf = &p->leaves[number >> LEAF_BITS];
	if (!*leaf)
		*leaf = xcalloc(LEAF_CHUNKS, sizeof **leaf);
	return &(*leaf)[number & (LEAF_CHUNKS - 1)];
}

static struct pages_chunk *seek_chunk(struct pages *p, uint64_t number, bool make)
{
	struct pages_chunk *chunk = NULL;

	if (number >> (LEAF_BITS + ROOT_BITS))
		return NULL;
	if (p->leaves && p->leaves[number >> LEAF_BITS])
		chunk = p->leaves[number >> LEAF_BITS][number & (LEAF_CHUNKS - 1)];
	if (!chunk) {
		if (!make || p->chunk_count >= (p->chunk_limit ? p->chunk_limit : CHUNKS_MAX))
			return NULL;
		chunk = xcalloc(1, sizeof *chunk);
		*make_slot(p, number) = chunk;
		p->chunk_count++;
	}
	p->newest = chunk;
	p->newest_number = number;
	return chunk;
}

static inline struct pages_chunk *find_chunk(struct pages *p, uint64_t number, bool make)
{
	if (p->newest && p->newest_number == number)
		return p->newest;
	return seek_chunk(p, number, make);
}

static inline uint32_t live_bytes(const struct page *page)
{
	return page->bytes < PAGES_BYTES ? page->bytes : PAGES_BYTES;
}

static inline uint32_t tenth_of(uint32_t live)
{
	return live * PAGES_TENTHS >> PAGE_BITS;
}

static void enter_page(struct pages *p, struct pages_chunk *chunk, struct page *page,
		       uint32_t bytes)
{
	if (!page->bytes && chunk->touched < CHUNK_PAGES)
		chunk->touched++;
	else if (!chunk->covers)
		p->vacated--;
	if (!chunk->occupied++ && !chunk->covers)
		p->huge_occupied++;
	page->bytes = (uint16_t)bytes;
	page->blocks = 1;
	p->live_bytes += bytes;
	p->by_tenth[tenth_of(bytes)]++;
	p->single++;
}

static void leave_page(struct pages *p, struct pages_chunk *chunk, struct page *page)
{
	uint32_t live = live_bytes(page);

	chunk->occupied--;
	if (!chunk->covers) {
		p->vacated++;
		p->huge_occupied -= !chunk->occupied;
	}
	page->bytes = 1;
	page->blocks = 0;
	p->live_bytes -= live;
	p->by_tenth[tenth_of(live)]--;
	p->single--;
}

static inline void set_bytes(struct pages *p, struct page *page, uint32_t bytes)
{
	uint32_t before = live_bytes(page), after;

	page->bytes = (uint16_t)bytes;
	after = live_bytes(page);
	p->live_bytes += (uint64_t)after - before;
	p->by_tenth[tenth_of(before)]--;
	p->by_tenth[tenth_of(after)]++;
}

static inline void add_to_page(struct pages *p, struct pages_chunk *chunk, struct page *page,
			       uint32_t bytes)
{
	uint32_t sum = page->bytes + bytes;

	if (!page->blocks) {
		enter_page(p, chunk, page, bytes);
		return;
	}
	if (page->blocks == BLOCKS_STUCK)
		return;
	p->single -= page->blocks == 1;
	page->blocks++;
	set_bytes(p, page, sum < UINT16_MAX ? sum : UINT16_MAX);
}

static inline void remove_from_page(struct pages *p, struct pages_chunk *chunk, struct page *page,
				    uint32_t bytes)
{
	if (!page->blocks || page->blocks == BLOCKS_STUCK)
		return;
	if (page->blocks == 1) {
		leave_page(p, chunk, page);
		return;
	}
	page->blocks--;
	p->single += page->blocks == 1;
	set_bytes(p, page, page->bytes > bytes ? page->bytes - bytes : 0);
}

static void cover_chunk(struct pages *p, struct pages_chunk *chunk)
{
	if (!chunk->covers++) {
		p->vacated -= chunk->touched - chunk->occupied;
		p->huge_occupied += !chunk->occupied;
		chunk->touched = CHUNK_PAGES;
		p->live_bytes += PAGES_HUGE_BYTES;
		p->by_tenth[PAGES_TENTHS] += CHUNK_PAGES;
		p->single += CHUNK_PAGES;
	} else if (chunk->covers == 2) {
		p->single -= CHUNK_PAGES;
	}
}

static void uncover_chunk(struct pages *p, struct pages_chunk *chunk)
{
	if (!chunk->covers)
		return;
	if (!--chunk->covers) {
		p->vacated += chunk->touched - chunk->occupied;
		p->huge_occupied -= !chunk->occupied;
		p->live_bytes -= PAGES_HUGE_BYTES;
		p->by_tenth[PAGES_TENTHS] -= CHUNK_PAGES;
		p->single -= CHUNK_PAGES;
	} else if (chunk->covers == 1) {
		p->single += CHUNK_PAGES;
	}
}

static void count_unplaced(struct pages *p, uint64_t bytes, bool adds)
{
	if (adds)
		p->unplaced_bytes += bytes;
	else
		p->unplaced_bytes -= bytes < p->unplaced_bytes ? bytes : p->unplaced_bytes;
}

/* The part of a block in one chunk: from a first to a last byte. */
static void change_chunk(struct pages *p, uint64_t number, uint32_t first, uint32_t last, bool adds)
{
	struct pages_chunk *chunk = find_chunk(p, number, adds);

	if (!chunk) {
		count_unplaced(p, (uint64_t)last - first + 1, adds);
	} else if (last - first == PAGES_HUGE_BYTES - 1) {
		if (adds)
			cover_chunk(p, chunk);
		else
			uncover_chunk(p, chunk);
	} else {
		while (first <= last) {
			struct page *page = &chunk->pages[first >> PAGE_BITS];
			uint32_t end = (first | (PAGES_BYTES - 1)) + 1;
			uint32_t bytes = (end <= last ? end : last + 1) - first;

			if (adds)
				add_to_page(p, chunk, page, bytes);
			else
				remove_from_page(p, chunk, page, bytes);
			first = end;
		}
	}
}

static void change_large(struct pages *p, uint64_t address, uint64_t size_bytes, bool adds)
{
	uint64_t last = address + size_bytes - 1;
	uint32_t first = address & (PAGES_HUGE_BYTES - 1);

	if (pages_is_direct(address, size_bytes)) {
		uint64_t count = pages_of_direct(address, size_bytes);

		p->direct_bytes += adds ? size_bytes : -size_bytes;
		p->direct_pages += adds ? count : -count;
		return;
	}
	if (last < address)
		last = UINT64_MAX;
	for (uint64_t number = address >> CHUNK_BITS; number < last >> CHUNK_BITS; number++) {
		change_chunk(p, number, first, PAGES_HUGE_BYTES - 1, adds);
		first = 0;
	}
	change_chunk(p, last >> CHUNK_BITS, first, last & (PAGES_HUGE_BYTES - 1), adds);
}

void pages_add(struct pages *p, uint64_t address, uint64_t size_bytes)
{
	struct pages_chunk *chunk;

	size_bytes += !size_bytes;
	if (size_bytes > PAGES_BYTES - (address & (PAGES_BYTES - 1))) {
		change_large(p, address, size_bytes, true);
		return;
	}
	chunk = find_chunk(p, address >> CHUNK_BITS, true);
	if (!chunk) {
		count_unplaced(p, size_bytes, true);
		return;
	}
	add_to_page(p, chunk, &chunk->pages[address >> PAGE_BITS & (CHUNK_PAGES - 1)],
		    (uint32_t)size_bytes);
}

void pages_remove(struct pages *p, uint64_t address, uint64_t size_bytes)
{
	struct pages_chunk *chunk;

	size_bytes += !size_bytes;
	if (size_bytes > PAGES_BYTES - (address & (PAGES_BYTES - 1))) {
		change_large(p, address, size_bytes, false);
		return;
	}
	chunk = find_chunk(p, address >> CHUNK_BITS, false);
	if (!chunk) {
		count_unplaced(p, size_bytes, false);
		return;
	}
	remove_from_page(p, chunk, &chunk->pages[address >> PAGE_BITS & (CHUNK_PAGES - 1)],
			 (uint32_t)size_bytes);
}

void pages_summary(const struct pages *p, struct pages_summary *summary)
{
	*summary = (struct pages_summary){
		.live_bytes = p->live_bytes,
		.vacated_pages = p->vacated,
		.single_block_pages = p->single,
		.huge_occupied = p->huge_occupied,
		.direct_bytes = p->direct_bytes,
		.direct_pages = p->direct_pages,
		.unplaced_bytes = p->unplaced_bytes,
	};
	for (size_t i = 0; i < PAGES_TENTHS; i++)
		summary->tenths[i] = p->by_tenth[i];
	summary->tenths[PAGES_TENTHS - 1] += p->by_tenth[PAGES_TENTHS];
	for (size_t i = 0; i < PAGES_TENTHS; i++)
		summary->occupied_pages += summary->tenths[i];
}

bool pages_is_direct(uint64_t address, uint64_t size_bytes)
{
	return size_bytes > HEAP_MAX_BYTES ||
	       (size_bytes >= DIRECT_MIN_BYTES && (address & (PAGES_BYTES - 1)) == DIRECT_OFFSET);
}

uint64_t pages_of_direct(uint64_t address, uint64_t size_bytes)
{
	uint64_t before = address & (PAGES_BYTES - 1);

	/* In two parts, as the sum may not fit. */
	return (size_bytes >> PAGE_BITS) +
	       ((before + (size_bytes & (PAGES_BYTES - 1)) + sizeof(uint64_t) + PAGES_BYTES - 1) >>
		PAGE_BITS);
}

void pages_release(struct pages *p)
{
	for (size_t i = 0; p->leaves && i < ROOT_LEAVES; i++) {
		for (size_t k = 0; p->leaves[i] && k < LEAF_CHUNKS; k++)
			free(p->leaves[i][k]);
		free(p->leaves[i]);
	}
	free(p->leaves);
	memset(p, 0, sizeof *p);
}
