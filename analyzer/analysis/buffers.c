/* SPDX-License-Identifier: MIT */
#include "buffers.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

static struct buffers_site *site_of(struct buffers *b, uint32_t site)
{
	if (site >= b->site_count) {
		size_t count = b->site_count;

		ARRAY_GROW(b->sites, site + 1, b->site_capacity);
		memset(b->sites + count, 0, (b->site_capacity - count) * sizeof *b->sites);
		b->site_count = b->site_capacity;
	}
	return &b->sites[site];
}

void buffers_born(struct buffers *b, const struct live_block *block, uint64_t now, bool resized)
{
	struct buffers_site *site = site_of(b, block->site);
	uint64_t bytes = block->size_bytes, last = site->last_bytes;

	if (resized) {
		site->last_growth = now;
		return;
	}
	if (bytes < last / 4)
		return; /* what a copy is made with */
	site->births++;
	site->last_bytes = bytes;
	if (bytes < last && last - bytes <= last / 4) {
		site->shorter++;
		site->shorter_bytes += bytes;
	} else if (last && bytes > last && bytes - last <= last / 4) {
		site->longer++;
		site->longer_bytes += bytes;
	}
}

void buffers_gone(struct buffers *b, const struct live_block *block, uint64_t now)
{
	struct buffers_site *site = site_of(b, block->site);

	if (!block->chain || block->size_bytes < site->grown_bytes ||
	    site->last_growth < block->birth || now < site->last_growth)
		return;
	site->grown_bytes = block->size_bytes;
	site->grown = site->last_growth - block->birth;
	site->kept = now - site->last_growth;
}

struct buffers_site buffers_of(const struct buffers *b, uint32_t site)
{
	return site < b->site_count ? b->sites[site] : (struct buffers_site){0};
}

void buffers_release(struct buffers *b)
{
	free(b->sites);
	memset(b, 0, sizeof *b);
}
