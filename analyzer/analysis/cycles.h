/* SPDX-License-Identifier: MIT */
/*
 * cycles.h - circles of lost blocks, by the sites that their blocks come from. Many alike are told
 * once, with their number: a program that forgets to break a circle mostly makes it again and again.
 *
 * Circles with a block that was released after the snapshot are none: somebody had a pointer to it. Unless
 * it was Python's collector that released it.
 */
#ifndef TENURE_CYCLES_H
#define TENURE_CYCLES_H

#include "../model.h"
#include "frames.h"
#include "reachability.h"

/* Fills in what a snapshot says of circles, in the arena of the frames; ids: model_site.id by stack id. */
void cycles_list(struct model_snapshot *to, const struct reachability *r, struct frames *frames,
		 const struct tally *tally, const uint32_t *ids);

#endif
