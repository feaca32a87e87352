/* SPDX-License-Identifier: MIT */
/*
 * cycles.h - circles of lost blocks, by the sites that their blocks come from. Many alike are told
 * once, with their number: a program that forgets to break a circle mostly makes it again and again.
 */
#ifndef TENURE_CYCLES_H
#define TENURE_CYCLES_H

#include "../model.h"
#include "../util/arena.h"
#include "reachability.h"

/* Fills in what a snapshot says of circles; ids: model_site.id by stack id. */
void cycles_list(struct model_snapshot *to, const struct reachability *r, struct arena *arena,
		 const struct tally *tally, const uint32_t *ids);

#endif
