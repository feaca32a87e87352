/* SPDX-License-Identifier: MIT */
/*
 * judge.h - the verdicts on all sites of a run, or on all groups of sites.
 *
 * Thousands of sites are tested for growth at once, so what counts as significant depends on how
 * many there are: the false discovery rate is controlled (Benjamini and Hochberg, 1995). So all are
 * tested first; of that only the p-values are kept. The evidence, 20 times as large, is collected
 * again for one site at a time: most sites have little.
 */
#ifndef TENURE_JUDGE_H
#define TENURE_JUDGE_H

#include "verdict.h"

struct judgement {
	struct evidence evidence;
	struct verdict_p p;
	struct verdict_result result;
};

/* What is known of a site before anything is counted. */
enum judge_trait {
	JUDGE_RUNTIME = 1, /* what it has live, the C or C++ library keeps on its own behalf */
	JUDGE_MIXED = 2, /* its blocks may have nothing in common: see struct evidence */
	JUDGE_IMPORTED = 4, /* they were made while a module was being loaded, which happens once */
};

/* Between judge_init and judge_release; all members are judge's own. */
struct judge {
	const struct tally *tally;
	const struct tally_site *sites;
	const uint8_t *traits;
	enum verdict_gap gap;
	struct verdict_p *p; /* by site, corrected */
};

/* traits[i]: enum judge_trait of site i. All that is passed must stay as it is until judge_release. */
void judge_init(struct judge *j, const struct tally *tally, const struct tally_site *sites,
		size_t count, const uint8_t *traits, enum verdict_gap gap);

/* The verdict on one of the sites. reachability: of its blocks, by a snapshot; may be NULL. */
void judge_site(const struct judge *j, size_t site, const struct model_reachability *reachability,
		struct judgement *judgement);

void judge_release(struct judge *j);

#endif
