/* SPDX-License-Identifier: MIT */
/*
 * judge.h - the verdicts on all sites of a run, or on all groups of sites.
 *
 * Thousands of sites are tested for growth at once, so what counts as significant depends on how
 * many there are: the false discovery rate is controlled (Benjamini and Hochberg, 1995).
 */
#ifndef TENURE_JUDGE_H
#define TENURE_JUDGE_H

#include "verdict.h"

struct judgement {
	struct evidence evidence;
	struct verdict_p p;
	struct verdict_result result;
};

/* Returns one per site, in their order; you own it and free() it. runtime[i]: the C or C++ library
 * asked for the memory of site i on its own behalf. merged: each is the sum of several sites. */
struct judgement *judge_sites(const struct tally *tally, const struct tally_site *sites,
			      size_t count, const bool *runtime, bool merged, enum verdict_gap gap);

#endif
