/* SPDX-License-Identifier: MIT */
/*
 * present.h - from a profile to a model, so that all that prints models prints profiles.
 *
 * A site becomes up to three rows: the runs in which it leaks, those in which it grows, and the others.
 * So a leak in 3 of 300 runs has a row of its own, with the memory of those three, and is not outvoted;
 * nor does it make a leak of what the others keep in a cache. The others count as the gravest verdict
 * that at least half of them have or outdo: of those with live blocks at their end, if there are any.
 * The confidence of a row is the mean of that of its runs.
 *
 * Survival curves and generations are made from the sums of histograms. By default generations begin
 * where they would in a run with the mean turnover.
 */
#ifndef TENURE_PRESENT_H
#define TENURE_PRESENT_H

#include "../analysis/generations.h"
#include "../analysis/sites.h"
#include "../util/arena.h"
#include "profile.h"

/* Ages of a rule must be bytes or turnovers: profiles know no other clock. The model, which gets zeroed,
 * lives in the arena, and needs the profile no more. */
void present_profile(struct model *model, const struct profile *profile, const char *path,
		     const struct generations_rule *rule, const struct sites_choice *shown,
		     struct arena *arena);

#endif
