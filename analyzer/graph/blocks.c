/* SPDX-License-Identifier: MIT */
#include "blocks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "large.h"

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)
#define PASSES ((64 + DIGIT_BITS - 1) / DIGIT_BITS)

/* Wider gaps than this get no pages. Few heaps have so many that finding an extent takes long. */
#define GAP_BYTES ((uint64_t)1 << 20)
/* Pages narrower than this do not help: what is found in one step must still be read. */
#define SHIFT_MIN 7
#define SHIFT_MAX 40

/* No program has memory there; a damaged trace may say so. */
#define ADDRESS_END ((uint64_t)1 << 62)

struct blocks_extent {
	uint64_t start, end; /* whole pages */
	size_t page; /* number of the first one */
};

static bool is_sorted(const struct graph_block *list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (list[i - 1].address > list[i].address)
			return false;
	}
	return true;
}

static unsigned digit_of(const struct graph_block *block, unsigned pass)
{
	return block->address >> pass * DIGIT_BITS & (DIGITS - 1);
}

/* One pass of a radix sort: from one list to the other. counts: of each digit. */
static void distribute(const struct graph_block *from, struct graph_block *to, size_t count,
		       size_t *counts, unsigned pass)
{
	size_t sum = 0;

	for (unsigned digit = 0; digit < DIGITS; digit++) {
		size_t here = counts[digit];

		counts[digit] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		to[counts[digit_of(&from[i], pass)]++] = from[i];
}

void blocks_sort(struct graph_block *list, size_t count)
{
	struct graph_block *from = list, *to, *spare;
	size_t(*counts)[DIGITS];

	if (is_sorted(list, count))
		return;
	counts = xcalloc(PASSES, sizeof *counts);
	spare = to = large_new(count, sizeof *list);
	for (size_t i = 0; i < count; i++) {
		for (unsigned pass = 0; pass < PASSES; pass++)
			counts[pass][digit_of(&list[i], pass)]++;
	}
	for (unsigned pass = 0; pass < PASSES; pass++) {
		struct graph_block *last = from;

		if (counts[pass][digit_of(&list[0], pass)] == count)
			continue; /* all have the same digit here */
		distribute(from, to, count, counts[pass], pass);
		from = to;
		to = last;
	}
	if (from != list)
		memcpy(list, from, count * sizeof *list);
	free(spare);
	free(counts);
}

static uint64_t page_floor(const struct blocks *blocks, uint64_t address)
{
	return address >> blocks->shift << blocks->shift;
}

static uint64_t end_of(const struct graph_block *block)
{
	uint64_t end = blocks_end(block);

	return end < ADDRESS_END ? end : ADDRESS_END;
}

/* Divides the address space where gaps are wide. Returns how many pages there are. */
static size_t find_extents(struct blocks *blocks)
{
	uint64_t page_bytes = (uint64_t)1 << blocks->shift, end = 0;
	size_t pages = 0, capacity = 0;

	blocks->extent_count = 0;
	free(blocks->extents);
	blocks->extents = NULL;
	for (uint32_t i = 0; i < blocks->count; i++) {
		uint64_t start = page_floor(blocks, blocks->list[i].address);
		uint64_t block_end = end_of(&blocks->list[i]);
		struct blocks_extent *extent;

		if (!i || (start > end && start - end > GAP_BYTES)) {
			ARRAY_GROW(blocks->extents, blocks->extent_count + 1, capacity);
			extent = &blocks->extents[blocks->extent_count++];
			*extent = (struct blocks_extent){.start = start, .page = pages};
			end = start;
		}
		extent = &blocks->extents[blocks->extent_count - 1];
		if (block_end > end) {
			end = page_floor(blocks, block_end - 1) + page_bytes;
			extent->end = end;
			pages = extent->page + ((end - extent->start) >> blocks->shift);
		}
	}
	return pages;
}

/* By page: the last block that begins before it or in its first byte; the extent's first block where
 * none does. What follows the last page ends a search there. So what is looked for in a page lies
 * between its entry and the next, also where that is another extent's. */
static void fill_pages(struct blocks *blocks, size_t pages)
{
	uint32_t next = 0;

	blocks->first = large_new(pages + 1, sizeof *blocks->first);
	for (uint32_t i = 0; i < blocks->extent_count; i++) {
		const struct blocks_extent *extent = &blocks->extents[i];
		uint64_t address = extent->start;
		uint32_t begin = next;

		for (size_t page = extent->page; address < extent->end; page++) {
			while (next < blocks->count && blocks->list[next].address <= address)
				next++;
			blocks->first[page] = next > begin ? next - 1 : begin;
			address += (uint64_t)1 << blocks->shift;
		}
		while (next < blocks->count && blocks->list[next].address < extent->end)
			next++;
	}
	blocks->first[pages] = blocks->count - 1;
}

void blocks_init(struct blocks *blocks, const struct graph_block *list, size_t count)
{
	size_t pages, pages_max = count / 2 + 1024;

	assert(count <= BLOCKS_MAX);
	*blocks = (struct blocks){.list = list, .count = (uint32_t)count, .shift = SHIFT_MIN};
	while (blocks->count && list[blocks->count - 1].address >= ADDRESS_END)
		blocks->count--;
	if (!blocks->count)
		return;
	blocks->lowest = list[0].address;
	/* About two blocks a page, or more. Each step halves the pages, but for those of gaps. */
	while ((pages = find_extents(blocks)) > pages_max && blocks->shift < SHIFT_MAX) {
		for (; pages > pages_max && blocks->shift < SHIFT_MAX; pages /= 2)
			blocks->shift++;
	}
	blocks->end = blocks->extents[blocks->extent_count - 1].end;
	fill_pages(blocks, pages);
}

/* The last extent that begins at the address or before it. There is one. */
static const struct blocks_extent *extent_of(const struct blocks *blocks, uint64_t address)
{
	const struct blocks_extent *low = blocks->extents;
	uint32_t count = blocks->extent_count;

	while (count > 1) {
		uint32_t half = count / 2;

		low += low[half].start <= address ? half : 0;
		count -= half;
	}
	return low;
}

/* NULL: not even near a block. */
static const uint32_t *page_of(const struct blocks *blocks, uint64_t address)
{
	const struct blocks_extent *extent;

	if (address < blocks->lowest || address >= blocks->end)
		return NULL;
	extent = extent_of(blocks, address);
	return address < extent->end
		       ? &blocks->first[extent->page + ((address - extent->start) >> blocks->shift)]
		       : NULL;
}

void blocks_prefetch_page(const struct blocks *blocks, uint64_t address)
{
	const uint32_t *page = page_of(blocks, address);

	if (page)
		__builtin_prefetch(page);
}

void blocks_prefetch_block(const struct blocks *blocks, uint64_t address)
{
	const uint32_t *page = page_of(blocks, address);

	if (page) {
		/* A page's blocks span more than one line, mostly two. */
		__builtin_prefetch(&blocks->list[page[0]]);
		__builtin_prefetch(&blocks->list[page[1]]);
	}
}

/* The last block of list[low .. high] that begins at the address or before it; low - 1 if none does. */
static uint32_t search(const struct graph_block *list, uint32_t low, uint32_t high,
		       uint64_t address)
{
	if (list[low].address > address)
		return low - 1;
	while (low < high) {
		uint32_t middle = high - (high - low) / 2;

		if (list[middle].address <= address)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

uint32_t blocks_before(const struct blocks *blocks, uint64_t address)
{
	const struct blocks_extent *extent;
	const uint32_t *page;

	if (!blocks->count || address < blocks->lowest)
		return BLOCKS_NONE;
	if (address >= blocks->end)
		return blocks->count - 1;
	extent = extent_of(blocks, address);
	if (address >=
	    extent->end) /* in a gap: not the last extent, and the next begins with a block */
		return blocks->first[extent[1].page] - 1;
	page = &blocks->first[extent->page + ((address - extent->start) >> blocks->shift)];
	return search(blocks->list, page[0], page[1], address);
}

uint32_t blocks_find(const struct blocks *blocks, uint64_t address)
{
	uint32_t block = blocks_before(blocks, address);

	return block != BLOCKS_NONE && address < blocks_end(&blocks->list[block]) ? block
										  : BLOCKS_NONE;
}

void blocks_release(struct blocks *blocks)
{
	free(blocks->extents);
	free(blocks->first);
	*blocks = (struct blocks){0};
}
