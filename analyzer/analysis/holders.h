/* SPDX-License-Identifier: MIT */
/*
 * holders.h - what keeps the blocks of a site: the variables, stacks and other roots that hold them, with
 * a chain of pointers from each, and names and types along it as far as they are known.
 *
 * A block counts for the root that its shortest chain begins with. Lost blocks that others hold count
 * for the block that let them go.
 */
#ifndef TENURE_HOLDERS_H
#define TENURE_HOLDERS_H

#include "../graph/paths.h"
#include "../model.h"
#include "amounts.h"
#include "frames.h"
#include "reachability.h"

#define HOLDERS_SHOWN 3u

/* Zero-initialise; end with holders_release. What holders_find got must outlive it. */
struct holders {
	const struct reachability *reachability;
	const struct tally *tally;
	const uint32_t *ids; /* of sites in the model, by stack */

	/* Own */
	struct paths paths;
	struct amounts pairs; /* site and root edge, or leader */
	const struct amount *sorted;
	uint32_t *examples; /* by place in sorted: the block with the shortest chain */
};

/* The reachability must be known. */
void holders_find(struct holders *h, const struct reachability *reachability,
		  const struct tally *tally, const uint32_t *ids);

/* Of the site at this index in the tally. Its type is filled in if it is not known yet. */
void holders_fill(const struct holders *h, uint32_t site, struct model_site *to,
		  struct frames *frames);

void holders_release(struct holders *h);

#endif
