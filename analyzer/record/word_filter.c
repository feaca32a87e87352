/* SPDX-License-Identifier: MIT */
#include "word_filter.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define EMPTY 0u
#define FULL 1u
#define FIRST_BITMAP 2u
#define PAGES_PER_GRANULE (1u << (FILTER_GRANULE_SHIFT - FILTER_PAGE_SHIFT))

/* Of the old std::string: length, capacity, reference count, then the text. */
#define STRING_HEADER_BYTES 24u
#define STRING_CAPACITY_LIMIT (1ull << 32)
#define STRING_OWNERS_LIMIT (1 << 20)
/* Of a chunk of glibc, the word before the block: its size, with flags in the lowest bits. */
#define CHUNK_FLAGS 7u
#define LENGTH_LIMIT (1ull << 40)

static void grow(struct word_filter *f, uint64_t count)
{
	if (count <= f->granule_count)
		return;
	/* Fresh zeros of calloc cost nothing where nothing is mapped. */
	uint16_t *granules = xcalloc(count, sizeof *granules);

	if (f->granule_count)
		memcpy(granules, f->granules, f->granule_count * sizeof *granules);
	free(f->granules);
	f->granules = granules;
	f->granule_count = count;
}

static void set_pages(struct word_filter *f, uint64_t granule, uint32_t from, uint32_t to, bool on)
{
	uint16_t *entry = &f->granules[granule];
	uint64_t *bitmap;

	if ((from == 0 && to == PAGES_PER_GRANULE) || *entry == (on ? FULL : EMPTY)) {
		*entry = on ? FULL : EMPTY;
		return;
	}
	if (*entry < FIRST_BITMAP) {
		if (f->bitmap_count + FIRST_BITMAP > UINT16_MAX) {
			*entry = FULL; /* keeps too much */
			return;
		}
		ARRAY_GROW(f->bitmaps, f->bitmap_count + 1, f->bitmap_capacity);
		memset(f->bitmaps[f->bitmap_count], *entry == FULL ? 0xff : 0, sizeof *f->bitmaps);
		*entry = (uint16_t)(f->bitmap_count++ + FIRST_BITMAP);
	}
	bitmap = f->bitmaps[*entry - FIRST_BITMAP];
	for (uint32_t page = from; page < to; page++) {
		if (on)
			bitmap[page / 64] |= 1ull << page % 64;
		else
			bitmap[page / 64] &= ~(1ull << page % 64);
	}
}

static void set_range(struct word_filter *f, uint64_t start, uint64_t end, bool on)
{
	uint64_t page = start >> FILTER_PAGE_SHIFT, last = end >> FILTER_PAGE_SHIFT;

	while (page < last) {
		uint64_t granule = page / PAGES_PER_GRANULE;
		uint64_t stop = (granule + 1) * PAGES_PER_GRANULE;
		uint64_t base = granule * PAGES_PER_GRANULE;

		if (stop > last)
			stop = last;
		if (granule < f->granule_count)
			set_pages(f, granule, (uint32_t)(page - base), (uint32_t)(stop - base), on);
		page = stop;
	}
}

void word_filter_allow(struct word_filter *f, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	grow(f, ((end - 1) >> FILTER_GRANULE_SHIFT) + 1);
	set_range(f, start, end, true);
}

void word_filter_forbid(struct word_filter *f, uint64_t start, uint64_t end)
{
	set_range(f, start, end, false);
}

void word_filter_release(struct word_filter *f)
{
	free(f->granules);
	free(f->bitmaps);
	memset(f, 0, sizeof *f);
}

static inline bool is_address(const struct word_filter *f, uint64_t word)
{
	uint64_t granule = word >> FILTER_GRANULE_SHIFT;
	uint32_t entry, page;

	if (granule >= f->granule_count)
		return false;
	entry = f->granules[granule];
	if (entry < FIRST_BITMAP)
		return entry == FULL;
	page = (uint32_t)(word >> FILTER_PAGE_SHIFT) % PAGES_PER_GRANULE;
	return f->bitmaps[entry - FIRST_BITMAP][page / 64] >> page % 64 & 1;
}

static bool byte_is_zero(const struct word_piece *piece, uint64_t address)
{
	uint64_t offset = address - piece->address;

	if (offset < piece->known * 8)
		return !((const uint8_t *)piece->words)[offset];
	return piece->is_zero(piece->context, address);
}

static bool word_is_owners(const struct word_piece *piece, size_t at)
{
	int32_t owners;

	/* Behind what is known is the end of the mapping, or pages that are all zero. */
	if (at >= piece->known)
		return piece->is_zero(piece->context, piece->address + at * 8);
	owners = (int32_t)(uint32_t)piece->words[at];
	return owners >= -1 && owners < STRING_OWNERS_LIMIT;
}

/* Length and capacity, as far as these two tell. */
static inline bool may_be_string(uint64_t length, uint64_t capacity)
{
	return capacity - 1 < STRING_CAPACITY_LIMIT - 1 && length <= capacity;
}

static bool is_string(const struct word_piece *piece, size_t at)
{
	return word_is_owners(piece, at + 2) &&
	       byte_is_zero(piece,
			    piece->address + at * 8 + STRING_HEADER_BYTES + piece->words[at]);
}

/* A length in front of data, in a block whose chunk is of the size before. h - 24 < w + 8 <= h - 8
 * is 0 <= h - 16 - w < 16; a difference below 0 is huge. */
static inline bool is_length(uint64_t word, uint64_t chunk)
{
	return word - 1 < LENGTH_LIMIT - 1 && (chunk & ~(uint64_t)CHUNK_FLAGS) - 16 - word < 16;
}

size_t word_filter_run(const struct word_filter *f, const struct word_piece *piece,
		       struct trace_word *kept)
{
	uint64_t before = piece->before;
	size_t count = 0;

	for (size_t i = 0; i < piece->count; i += 2) {
		uint64_t first = piece->words[i], second = piece->words[i + 1];
		bool keep_first, keep_second;

		if (first | second) {
			bool both = may_be_string(first, second) && is_string(piece, i);

			keep_first = both || is_address(f, first) || is_length(first, before);
			keep_second = both || is_address(f, second);
			kept[count] = (struct trace_word){piece->address + i * 8, first};
			count += keep_first;
			kept[count] = (struct trace_word){piece->address + i * 8 + 8, second};
			count += keep_second;
		}
		before = second;
	}
	return count;
}
