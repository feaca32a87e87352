/* SPDX-License-Identifier: MIT */
/*
 * stretches.h - the map of a region: parts of equally many pages, how full they are, and who pins most
 * of their free bytes.
 *
 * How far a region reaches is known when the survey of the heap has left it (fragmentation.h), so the
 * survey notes its pages, and maps are folded from these notes afterwards. Pages come in the order of
 * their addresses, each once, and none is in two regions. Memory: 32 bytes for a page that some block
 * shares with something, or for a row of full ones, and 8 for each site that pins bytes on a page.
 * Invariant: of the map of a region, the sums are its pages, live_bytes and pinned_bytes.
 */
#ifndef TENURE_STRETCHES_H
#define TENURE_STRETCHES_H

#include <stddef.h>
#include <stdint.h>

#include "../model.h"
#include "../util/arena.h"

#define STRETCHES_MAX 1024u /* of a region */

/* Pages in a row, 4 KiB each, that are alike. */
struct stretches_row {
	uint64_t first_page, page_count;
	uint32_t live_bytes, pinned_bytes; /* of each page */
	size_t share_end; /* behind the shares of it; they begin where those of the row before end */
};

/* What a site is to blame for of a page's pinned bytes. */
struct stretches_share {
	uint32_t site; /* index into the tally's sites */
	uint32_t bytes;
};

/* Zero-initialise to start; end with stretches_release. All members are its own. */
struct stretches {
	struct stretches_row *rows;
	size_t row_count, row_capacity;
	struct stretches_share *shares;
	size_t share_count, share_capacity;
};

/* Adds the next page; pinned[i] bytes of its free ones are to be blamed on sites[i]. */
void stretches_add_page(struct stretches *s, uint64_t page, uint64_t live_bytes,
			const uint32_t *sites, const uint32_t *pinned, size_t site_count);

/* Adds the next pages, without a free byte. */
void stretches_add_full_pages(struct stretches *s, uint64_t first_page, uint64_t page_count);

/* Gives a region its map; start and end must be set. ids: model_site.id by index into the tally's
 * sites, of which there are site_count. */
void stretches_fold(const struct stretches *s, struct model_region *region, struct arena *arena,
		    const uint32_t *ids, size_t site_count);

void stretches_release(struct stretches *s);

#endif
