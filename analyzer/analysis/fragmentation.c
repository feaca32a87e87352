/* SPDX-License-Identifier: MIT */
#include "fragmentation.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define PAGE_BITS 12
#define HUGE_BITS 21
#define REGION_BITS 26
#define REGION_GAP_BYTES (1u << 20)
#define SITES_PAIRED 32 /* of a kind, on one page */

#define DIGIT_BITS 8
#define DIGITS (1u << DIGIT_BITS)
#define SMALL_SORT 24

#define ALIGNMENT 16u

/* A page that blocks are being put on; none while it has no blocks. */
struct open_page {
	struct fragmentation_view *view;
	unsigned int bits; /* log2 of its size */
	uint64_t number;
	uint64_t blocks, live_bytes, overhead_bytes;
};

/* What a site has on the open page; not on it while bytes is 0. */
struct site_here {
	uint32_t bytes;
	bool has_long_lived, has_short_lived;
};

struct sweep {
	struct fragmentation *f;
	enum fragmentation_layout layout;
	struct open_page page, huge_page;
	struct site_here *here; /* by site */
	uint32_t sites[PAGES_BYTES]; /* on the open page, by their first address on it */
	uint32_t shares[PAGES_BYTES]; /* of these sites, of the pinned bytes of a page */
	size_t site_count;
	struct stretches *stretches; /* or NULL */
	struct coresidence pairs;
	uint64_t last; /* highest address of the blocks so far, if there is a region */
	uint64_t gap_start, hole_start; /* a block above hole_start leaves a hole from gap_start */
};

/* Pages, one or several, of which a block has the same share. */
struct piece {
	uint64_t first_page, page_count, bytes;
};

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int compare_blocks(const void *left, const void *right)
{
	const struct fragmentation_block *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->size_bytes != b->size_bytes)
		return a->size_bytes > b->size_bytes ? -1 : 1;
	if (a->site != b->site)
		return a->site < b->site ? -1 : 1;
	return b->long_lived - a->long_lived;
}

static void insert_sorted(struct fragmentation_block *blocks, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct fragmentation_block block = blocks[i];
		size_t at = i;

		for (; at && compare_blocks(&block, &blocks[at - 1]) < 0; at--)
			blocks[at] = blocks[at - 1];
		blocks[at] = block;
	}
}

static size_t digit_of(const struct fragmentation_block *block, unsigned int shift)
{
	return block->address >> shift & (DIGITS - 1);
}

/*
 * American flag sort (McIlroy, Bostic and McIlroy, "Engineering Radix Sort", 1993) by the eight
 * highest bits in which addresses differ. Needs no second array, as qsort would, and its time is
 * linear whatever the blocks, as each of at most eight levels fixes eight bits.
 */
static void sort_blocks(struct fragmentation_block *blocks, size_t count)
{
	size_t next[DIGITS] = {0}, end[DIGITS], sum = 0;
	uint64_t differ = 0;
	unsigned int shift;

	if (count <= SMALL_SORT) {
		insert_sorted(blocks, count);
		return;
	}
	for (size_t i = 1; i < count; i++)
		differ |= blocks[i].address ^ blocks[0].address;
	if (!differ) {
		/* No heap has two live blocks at one address: only a made-up trace. */
		qsort(blocks, count, sizeof *blocks, compare_blocks);
		return;
	}
	shift = 63 - (unsigned int)__builtin_clzll(differ);
	shift = shift < DIGIT_BITS ? 0 : shift - DIGIT_BITS + 1;

	for (size_t i = 0; i < count; i++)
		next[digit_of(&blocks[i], shift)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t digits = next[digit];

		next[digit] = sum;
		sum += digits;
		end[digit] = sum;
	}
	for (size_t digit = 0; digit < DIGITS; digit++) {
		while (next[digit] < end[digit]) {
			struct fragmentation_block block = blocks[next[digit]];
			size_t home = digit_of(&block, shift);

			/* Until one comes that belongs here. */
			while (home != digit) {
				struct fragmentation_block moved = blocks[next[home]];

				blocks[next[home]++] = block;
				block = moved;
				home = digit_of(&block, shift);
			}
			blocks[next[digit]++] = block;
		}
	}
	for (size_t digit = 0, start = 0; digit < DIGITS; start = end[digit++])
		sort_blocks(&blocks[start], end[digit] - start);
}

static size_t tenth_of(uint64_t live_bytes, unsigned int bits)
{
	size_t tenth = live_bytes * PAGES_TENTHS >> bits;

	return tenth < PAGES_TENTHS ? tenth : PAGES_TENTHS - 1;
}

/* Returns its pinned bytes. */
static uint64_t count_page(struct open_page *page)
{
	struct fragmentation_view *view = page->view;
	uint64_t unused = (1ull << page->bits) - page->live_bytes;
	uint64_t overhead = least(page->overhead_bytes, unused);
	uint64_t pinned = unused - overhead;

	view->occupied_pages++;
	view->live_bytes += page->live_bytes;
	view->overhead_bytes += overhead;
	view->pinned_bytes += pinned;
	view->tenths[tenth_of(page->live_bytes, page->bits)]++;
	if (page->blocks == 1) {
		view->single_block_pages++;
		view->single_block_pinned_bytes += pinned;
	}
	page->blocks = page->live_bytes = page->overhead_bytes = 0;
	return pinned;
}

static void count_full_pages(struct open_page *page, uint64_t count)
{
	page->view->occupied_pages += count;
	page->view->live_bytes += count << page->bits;
	page->view->tenths[PAGES_TENTHS - 1] += count;
	page->view->single_block_pages += count;
}

/*
 * Rounding down leaves less than one byte a site, so the first sites of the page get one each, and
 * not a byte is lost.
 */
static void share_blame(struct sweep *s, uint64_t pinned, uint64_t live_bytes)
{
	uint64_t rest = pinned;

	for (size_t i = 0; i < s->site_count; i++) {
		s->shares[i] = (uint32_t)(pinned * s->here[s->sites[i]].bytes / live_bytes);
		rest -= s->shares[i];
	}
	for (size_t i = 0; i < s->site_count; i++) {
		s->shares[i] += i < rest;
		s->f->sites[s->sites[i]].pinned_bytes += s->shares[i];
	}
}

static void count_pairs(struct sweep *s, uint64_t pinned)
{
	uint32_t long_lived[SITES_PAIRED], short_lived[SITES_PAIRED];
	size_t longs = 0, shorts = 0;
	bool crowded = false;

	for (size_t i = 0; i < s->site_count && !crowded; i++) {
		const struct site_here *here = &s->here[s->sites[i]];

		crowded = (here->has_long_lived && longs == SITES_PAIRED) ||
			  (here->has_short_lived && shorts == SITES_PAIRED);
		if (here->has_long_lived && longs < SITES_PAIRED)
			long_lived[longs++] = s->sites[i];
		if (here->has_short_lived && shorts < SITES_PAIRED)
			short_lived[shorts++] = s->sites[i];
	}
	s->f->crowded_pages += crowded;
	for (size_t i = 0; i < longs; i++)
		for (size_t k = 0; k < shorts; k++)
			if (long_lived[i] != short_lived[k])
				coresidence_add(&s->pairs, long_lived[i], short_lived[k], pinned);
}

static void close_page(struct sweep *s)
{
	struct fragmentation_region *region = &s->f->regions[s->f->region_count - 1];
	uint64_t live_bytes = s->page.live_bytes;
	uint64_t pinned = count_page(&s->page);

	region->occupied_pages++;
	region->pinned_bytes += pinned;
	share_blame(s, pinned, live_bytes);
	if (s->stretches)
		stretches_add_page(s->stretches, s->page.number, live_bytes, s->sites, s->shares,
				   s->site_count);
	count_pairs(s, pinned);
	for (size_t i = 0; i < s->site_count; i++) {
		struct fragmentation_site *site = &s->f->sites[s->sites[i]];
		struct site_here *here = &s->here[s->sites[i]];

		site->pages++;
		if (s->site_count == 1) {
			site->exclusive_pages++;
			site->exclusive_pinned_bytes += pinned;
		}
		site->scattered_pages += !here->has_short_lived && here->bytes < PAGES_BYTES / 4;
		memset(here, 0, sizeof *here);
	}
	s->site_count = 0;
}

/* At most three: where it begins, whole pages, where it ends. */
static size_t cut_to_pieces(uint64_t start, uint64_t last, unsigned int bits, struct piece *pieces)
{
	uint64_t first_page = start >> bits, last_page = last >> bits;
	uint64_t page_bytes = 1ull << bits, mask = page_bytes - 1;
	size_t count = 0;

	if (first_page == last_page) {
		pieces[0] = (struct piece){first_page, 1, last - start + 1};
		return 1;
	}
	pieces[count++] = (struct piece){first_page, 1, page_bytes - (start & mask)};
	if (last_page - first_page > 1)
		pieces[count++] = (struct piece){first_page + 1, last_page - first_page - 1,
						 page_bytes};
	pieces[count++] = (struct piece){last_page, 1, (last & mask) + 1};
	return count;
}

static void put_on_page(struct sweep *s, const struct piece *piece,
			const struct fragmentation_block *block)
{
	struct site_here *here = &s->here[block->site];

	if (s->page.blocks && s->page.number != piece->first_page)
		close_page(s);
	if (piece->bytes == PAGES_BYTES) {
		struct fragmentation_site *site = &s->f->sites[block->site];

		count_full_pages(&s->page, piece->page_count);
		s->f->regions[s->f->region_count - 1].occupied_pages += piece->page_count;
		site->pages += piece->page_count;
		site->exclusive_pages += piece->page_count;
		if (s->stretches)
			stretches_add_full_pages(s->stretches, piece->first_page,
						 piece->page_count);
		return;
	}
	s->page.number = piece->first_page;
	s->page.blocks++;
	s->page.live_bytes += piece->bytes;
	if (!here->bytes)
		s->sites[s->site_count++] = block->site;
	here->bytes += (uint32_t)piece->bytes;
	if (block->long_lived)
		here->has_long_lived = true;
	else
		here->has_short_lived = true;
}

static void put_on_huge_page(struct sweep *s, const struct piece *piece)
{
	if (piece->bytes == PAGES_HUGE_BYTES) {
		count_full_pages(&s->huge_page, piece->page_count);
		return;
	}
	if (s->huge_page.blocks && s->huge_page.number != piece->first_page)
		count_page(&s->huge_page);
	s->huge_page.number = piece->first_page;
	s->huge_page.blocks++;
	s->huge_page.live_bytes += piece->bytes;
}

static void put_block(struct sweep *s, uint64_t start, uint64_t last, uint64_t overhead,
		      const struct fragmentation_block *block)
{
	struct piece pieces[3];
	size_t count = cut_to_pieces(start, last, PAGE_BITS, pieces);

	for (size_t i = 0; i < count; i++)
		put_on_page(s, &pieces[i], block);
	if (pieces[count - 1].bytes < PAGES_BYTES)
		s->page.overhead_bytes += overhead;

	count = cut_to_pieces(start, last, HUGE_BITS, pieces);
	for (size_t i = 0; i < count; i++)
		put_on_huge_page(s, &pieces[i]);
	if (pieces[count - 1].bytes < PAGES_HUGE_BYTES)
		s->huge_page.overhead_bytes += overhead;
}

static void count_hole(struct fragmentation_holes *holes, uint64_t bytes)
{
	size_t size = 63 - (size_t)__builtin_clzll(bytes);

	if (size >= FRAGMENTATION_HOLE_SIZES)
		size = FRAGMENTATION_HOLE_SIZES - 1;
	holes->count++;
	holes->bytes += bytes;
	holes->counts[size]++;
	holes->bytes_by_size[size] += bytes;
	if (bytes > holes->largest_bytes)
		holes->largest_bytes = bytes;
}

/* Before the block at `start` is put: begins its region, or counts the hole in front of it. */
static void reach_block(struct sweep *s, uint64_t start)
{
	struct fragmentation *f = s->f;

	if (f->region_count && (start >> REGION_BITS == s->last >> REGION_BITS ||
				start - s->last <= REGION_GAP_BYTES)) {
		if (start > s->hole_start)
			count_hole(&f->holes, start - s->gap_start);
		return;
	}
	if (s->page.blocks)
		close_page(s);
	ARRAY_GROW(f->regions, f->region_count + 1, f->region_capacity);
	f->regions[f->region_count++] = (struct fragmentation_region){.start = start};
}

static void survey_block(struct sweep *s, const struct fragmentation_block *block)
{
	uint64_t size_bytes = block->size_bytes + !block->size_bytes;
	uint64_t start = block->address, last = add_capped(start, size_bytes - 1);
	uint64_t overhead = block->overhead_bytes, tolerance = ALIGNMENT;
	struct fragmentation_region *region;

	if (s->f->region_count && start <= s->last) {
		if (last <= s->last) {
			s->f->shadowed_blocks++;
			return;
		}
		start = s->last + 1;
	}
	if (overhead && !block->size_bytes)
		overhead--; /* the one that it counts as */
	if (s->layout == FRAGMENTATION_LAYOUT_UNKNOWN)
		tolerance += size_bytes / 4;

	reach_block(s, start);
	put_block(s, start, last, overhead, block);
	region = &s->f->regions[s->f->region_count - 1];
	region->end = add_capped(last, 1);
	region->blocks++;
	region->live_bytes += last - start + 1;
	s->f->blocks++;
	s->last = last;
	s->gap_start = add_capped(last, 1 + overhead);
	s->hole_start = add_capped(s->gap_start, tolerance);
}

static void count_direct(struct fragmentation *f, const struct fragmentation_block *block)
{
	f->direct_blocks++;
	f->direct_bytes += block->size_bytes;
	f->direct_pages += pages_of_direct(block->address, block->size_bytes);
}

void fragmentation_survey(struct fragmentation *f, enum fragmentation_layout layout,
			  struct fragmentation_block *blocks, size_t count, size_t site_count,
			  struct stretches *stretches)
{
	struct sweep *s = xcalloc(1, sizeof *s);

	memset(f, 0, sizeof *f);
	f->site_count = site_count;
	f->sites = xcalloc(site_count, sizeof *f->sites);
	s->f = f;
	s->layout = layout;
	s->stretches = stretches;
	s->page = (struct open_page){.view = &f->pages, .bits = PAGE_BITS};
	s->huge_page = (struct open_page){.view = &f->huge_pages, .bits = HUGE_BITS};
	s->here = xcalloc(site_count, sizeof *s->here);

	sort_blocks(blocks, count);
	for (size_t i = 0; i < count; i++) {
		if (pages_is_direct(blocks[i].address, blocks[i].size_bytes))
			count_direct(f, &blocks[i]);
		else
			survey_block(s, &blocks[i]);
	}
	if (s->page.blocks)
		close_page(s);
	if (s->huge_page.blocks)
		count_page(&s->huge_page);
	f->pair_count = coresidence_best(&s->pairs, f->pairs, FRAGMENTATION_PAIRS);
	f->pairs_dropped = s->pairs.dropped;
	coresidence_release(&s->pairs);
	free(s->here);
	free(s);
}

void fragmentation_release(struct fragmentation *f)
{
	free(f->sites);
	free(f->regions);
	memset(f, 0, sizeof *f);
}

/* Moves what fits of *wanted into the part; the rest stays wanted. */
static void take(uint64_t *part, uint64_t *available, uint64_t *wanted)
{
	*part = least(*available, *wanted);
	*available -= *part;
	*wanted -= *part;
}

static uint64_t bytes_of_pages(uint64_t count)
{
	return count > UINT64_MAX / PAGES_BYTES ? UINT64_MAX : count * PAGES_BYTES;
}

void fragmentation_decompose(struct fragmentation_parts *parts, const struct pages_summary *pages,
			     const struct chunk_overhead *overhead, uint64_t resident_bytes,
			     uint64_t file_backed_bytes)
{
	uint64_t rounding = overhead->rounding, headers = overhead->headers;
	uint64_t live = add_capped(pages->live_bytes, pages->direct_bytes);
	uint64_t used = add_capped(add_capped(live, rounding), headers);
	uint64_t held = bytes_of_pages(add_capped(pages->occupied_pages, pages->direct_pages));
	uint64_t pinned = held > used ? held - used : 0;
	uint64_t vacated = bytes_of_pages(pages->vacated_pages);
	uint64_t rest = resident_bytes - least(resident_bytes, file_backed_bytes);

	memset(parts, 0, sizeof *parts);
	parts->resident = resident_bytes;
	take(&parts->headers, &rest, &headers);
	take(&parts->rounding, &rest, &rounding);
	take(&parts->pinned, &rest, &pinned);
	take(&parts->live, &rest, &live);
	take(&parts->retained, &rest, &vacated);
	parts->other = least(resident_bytes, file_backed_bytes) + rest;
	parts->untouched = add_capped(add_capped(headers, rounding), add_capped(pinned, live));
}
