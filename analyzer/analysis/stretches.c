/* SPDX-License-Identifier: MIT */
#include "stretches.h"

#include <stdlib.h>

#include "../util/array.h"
#include "pages.h"

static struct stretches_row *add_row(struct stretches *s)
{
	ARRAY_GROW(s->rows, s->row_count + 1, s->row_capacity);
	return &s->rows[s->row_count++];
}

void stretches_add_page(struct stretches *s, uint64_t page, uint64_t live_bytes,
			const uint32_t *sites, const uint32_t *pinned, size_t site_count)
{
	struct stretches_row *row = add_row(s);
	uint32_t sum = 0;

	ARRAY_GROW(s->shares, s->share_count + site_count, s->share_capacity);
	for (size_t i = 0; i < site_count; i++) {
		if (!pinned[i])
			continue;
		s->shares[s->share_count++] = (struct stretches_share){sites[i], pinned[i]};
		sum += pinned[i];
	}
	*row = (struct stretches_row){page, 1, (uint32_t)live_bytes, sum, s->share_count};
}

void stretches_add_full_pages(struct stretches *s, uint64_t first_page, uint64_t page_count)
{
	*add_row(s) = (struct stretches_row){first_page, page_count, PAGES_BYTES, 0,
					     s->share_count};
}

/* The first row at or behind a page. */
static size_t find_row(const struct stretches *s, uint64_t page)
{
	size_t low = 0, high = s->row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->rows[middle].first_page < page)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Who is to blame for what in the stretch under way. */
struct blame {
	const uint32_t *ids;
	uint64_t *pinned_bytes; /* by site; all 0 between stretches */
	size_t first_share, share_end; /* of the stretch, so far */
};

/* Ends a stretch. Of sites that are equal the first one counts. */
static uint32_t find_culprit(const struct stretches *s, struct blame *blame)
{
	uint64_t most = 0;
	uint32_t culprit = 0;

	for (size_t i = blame->first_share; i < blame->share_end; i++)
		blame->pinned_bytes[s->shares[i].site] += s->shares[i].bytes;
	for (size_t i = blame->first_share; i < blame->share_end; i++) {
		uint64_t *bytes = &blame->pinned_bytes[s->shares[i].site];

		if (*bytes > most) {
			most = *bytes;
			culprit = blame->ids[s->shares[i].site];
		}
		*bytes = 0;
	}
	blame->first_share = blame->share_end;
	return culprit;
}

/* Puts a row into the stretches it lies in; returns the last of them. */
static size_t put_row(const struct stretches_row *row, uint64_t first_page, uint64_t map_pages,
		      struct model_stretch *map)
{
	uint64_t page = row->first_page - first_page;
	uint64_t rest = row->page_count;
	size_t at = page / map_pages;

	for (;;) {
		uint64_t room = (at + 1) * map_pages - page;
		uint64_t pages = rest < room ? rest : room;

		map[at].occupied += (uint32_t)pages;
		map[at].live_bytes += pages * row->live_bytes;
		map[at].pinned_bytes += pages * row->pinned_bytes;
		page += pages;
		rest -= pages;
		if (!rest)
			return at;
		at++;
	}
}

void stretches_fold(const struct stretches *s, struct model_region *region, struct arena *arena,
		    const uint32_t *ids, size_t site_count)
{
	uint64_t first_page = region->start / PAGES_BYTES;
	uint64_t last_page = (region->end - 1) / PAGES_BYTES;
	uint64_t page_count = last_page - first_page + 1;
	uint64_t map_pages = (page_count + STRETCHES_MAX - 1) / STRETCHES_MAX;
	uint64_t map_count = (page_count + map_pages - 1) / map_pages;
	struct model_stretch *map = arena_alloc(arena, map_count * sizeof *map);
	struct blame blame = {
		.ids = ids,
		.pinned_bytes = xcalloc(site_count, sizeof *blame.pinned_bytes),
	};
	size_t row = find_row(s, first_page);
	size_t at = 0; /* the stretch under way */

	blame.first_share = blame.share_end = row ? s->rows[row - 1].share_end : 0;
	for (; row < s->row_count && s->rows[row].first_page <= last_page; row++) {
		size_t from = (s->rows[row].first_page - first_page) / map_pages;
		size_t to = put_row(&s->rows[row], first_page, map_pages, map);

		if (from != at)
			map[at].site = find_culprit(s, &blame);
		blame.share_end = s->rows[row].share_end;
		/* Full pages have no shares, so nobody else's are in the stretches they run through. */
		if (to != from)
			map[from].site = find_culprit(s, &blame);
		at = to;
	}
	map[at].site = find_culprit(s, &blame);
	free(blame.pinned_bytes);
	region->map = map;
	region->map_count = (uint32_t)map_count;
	region->map_pages = map_pages;
}

void stretches_release(struct stretches *s)
{
	free(s->rows);
	free(s->shares);
	*s = (struct stretches){0};
}
