/* SPDX-License-Identifier: MIT */
/*
 * releasers.h - which code released the blocks of each site.
 *
 * The replay counts pairs of a site and the stack that a block of it was released at, by a free or by
 * a reallocation that the block did not go on in. Memory is bounded: when there are as many pairs as
 * there may be, new ones are left out. So what the releasers of a site have together is at most the
 * site's frees less its resized reallocations, and just that if there was room.
 */
#ifndef TENURE_RELEASERS_H
#define TENURE_RELEASERS_H

#include "../model.h"
#include "../trace/trace.h"
#include "amounts.h"
#include "frames.h"

#define RELEASERS_SHOWN 3u /* of a site */

/* Zero-initialise to start, for a replay to count in; end with releasers_release. */
struct releasers {
	size_t pair_limit; /* 0: 786,432, which take 24 MiB, and 36 while they get there */

	/* Own */
	struct amounts pairs;
	const struct amount *sorted; /* by site, most blocks first; NULL before releasers_sort */
};

/* So many blocks, of so many bytes together. `site` is an index into the tally's sites. */
void releasers_count(struct releasers *r, uint32_t site, stack_id stack, uint64_t blocks,
		     uint64_t bytes);

/* Nothing can be counted any more. */
void releasers_sort(struct releasers *r);

/* Fills in the releasers of a site with the most blocks, after releasers_sort. */
void releasers_fill(const struct releasers *r, uint32_t site, struct model_site *to,
		    struct frames *frames);

void releasers_release(struct releasers *r);

#endif
