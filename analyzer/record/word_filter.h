/* SPDX-License-Identifier: MIT */
/*
 * word_filter.h - picks the words of a piece of memory that memory_words.h keeps.
 *
 * Almost all words are dropped by their upper bits: the address space is cut into granules of 64 MiB,
 * most of which hold nothing or are wholly mapped; the others have a bit for each page.
 */
#ifndef TENURE_WORD_FILTER_H
#define TENURE_WORD_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"

#define FILTER_GRANULE_SHIFT 26
#define FILTER_PAGE_SHIFT 12
#define FILTER_BITMAP_WORDS ((1u << (FILTER_GRANULE_SHIFT - FILTER_PAGE_SHIFT)) / 64)

struct word_filter {
	uint16_t *granules; /* 0: empty, 1: full, else number of its bitmap + 2 */
	uint64_t granule_count;
	uint64_t (*bitmaps)[FILTER_BITMAP_WORDS];
	size_t bitmap_count, bitmap_capacity;
};

/* A piece of memory. What is before or behind it and asked for by index is 0 or told by is_zero. */
struct word_piece {
	const uint64_t *words; /* at a multiple of 16 */
	size_t count; /* to be filtered; even */
	size_t known; /* from the first on, at least count: words behind are looked at only */
	uint64_t before; /* the word before the first, 0: unknown */
	uint64_t address; /* of the first */
	/* Whether the byte at an address that is not among those known can be read and is 0. */
	bool (*is_zero)(void *context, uint64_t address);
	void *context;
};

/* Zero-initialise to start; ranges only turn on what addresses are kept, or off. */
void word_filter_allow(struct word_filter *f, uint64_t start, uint64_t end);
void word_filter_forbid(struct word_filter *f, uint64_t start, uint64_t end);
void word_filter_release(struct word_filter *f);

/* Writes what is kept to `kept`, which has room for piece->count. Returns how many. */
size_t word_filter_run(const struct word_filter *f, const struct word_piece *piece,
		       struct trace_word *kept);

#endif
