/* SPDX-License-Identifier: MIT */
/*
 * buffers.h - what sites do with large blocks: copy them over and over, each copy a little shorter or
 * longer than the one before; or let one grow by reallocations, and then drop it.
 *
 * Counted during a replay, of blocks of at least BUFFERS_LEAST bytes. Two blocks are copies of one
 * buffer if one follows the other at its site, and they differ by less than a quarter: nothing but
 * their sizes is known, so who tells of it must say "if".
 */
#ifndef TENURE_BUFFERS_H
#define TENURE_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "livemap.h"

#define BUFFERS_LEAST 4096u /* bytes */

struct buffers_site {
	/* Of large blocks, but of those that others were reallocated to, and of those of less than a
	 * quarter of the one before. */
	uint64_t births;
	uint64_t last_bytes; /* of the last one */
	uint64_t shorter, longer; /* of the births: copies of the one before */
	uint64_t shorter_bytes, longer_bytes;

	/* Of the largest block that grew by reallocations from its site and was released: */
	uint64_t grown_bytes;
	/* By the age clock: how long it grew, and how long it was there after that. */
	uint64_t grown, kept;
	uint64_t last_growth; /* the last reallocation at the site, by the age clock */
};

/* Zero-initialise; end with buffers_release. */
struct buffers {
	struct buffers_site *sites; /* by index in the tally, up to site_count */
	size_t site_count, site_capacity;
};

/* Of a large block that was born; resized: from one that it goes on as. now: by the age clock. */
void buffers_born(struct buffers *b, const struct live_block *block, uint64_t now, bool resized);

/* Of a large block that was released. */
void buffers_gone(struct buffers *b, const struct live_block *block, uint64_t now);

/* Of the site at this index in the tally; all 0 if it had no large blocks. */
struct buffers_site buffers_of(const struct buffers *b, uint32_t site);

void buffers_release(struct buffers *b);

#endif
