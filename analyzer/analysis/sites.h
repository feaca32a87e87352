/* SPDX-License-Identifier: MIT */
/*
 * sites.h - the sites of the model: numbers, verdicts, and for those that are shown, stacks, survival
 * curves and the evidence in words. Private to what builds the model.
 */
#ifndef TENURE_SITES_H
#define TENURE_SITES_H

#include "../model.h"
#include "../util/arena.h"
#include "epochs.h"
#include "frames.h"
#include "heap.h"
#include "holders.h"
#include "judge.h"
#include "reachability.h"
#include "releasers.h"
#include "site_threads.h"

/* Fill in, zero the rest; end with sites_release. */
struct sites {
	const struct reader *reader;
	struct frames *frames;
	const struct tally *tally;
	const struct model_run *run;
	struct arena *arena;
	enum verdict_gap gap;
	const struct heap *heap; /* NULL: pages were not followed */
	const struct releasers *releasers; /* sorted; NULL: not counted, as is: */
	const struct site_threads *threads;
	const struct reachability *reachability; /* NULL: not asked for */
	bool ages; /* sites have their histograms */
	const struct epochs *epochs; /* finished */

	/* Results of sites_build: the sites of the model, until it is sealed; their ids by stack id, 0
	 * for stacks that are no site's; and, by index in the tally, enum judge_trait. */
	struct model_site *list;
	uint32_t *ids;
	uint8_t *traits;

	struct holders held; /* own */
};

/* Which sites are shown, and so need stacks, curves and evidence. */
struct sites_choice {
	uint32_t top; /* the first ones of each ranking and verdict; 0: all */
	uint64_t (*key)(const struct model_site *site); /* one more ranking, or NULL */
	uint32_t id; /* one more site, or 0 */
	bool all_stacks; /* the others get their stacks, too, and nothing else */
};

/* Marks what is shown of sites in the order of a model. */
void sites_choose(const struct model_site *sites, uint32_t count, const struct sites_choice *choice,
		  bool *chosen);

void sites_build(struct sites *s, struct model *model, const struct sites_choice *choice);
void sites_release(struct sites *s);

/* What the tally has counted, all but id, stack and verdict; for groups, too. */
void sites_fill(const struct sites *s, struct model_site *site, const struct tally_site *from);
/* What takes memory: curves and evidence. */
void sites_detail(const struct sites *s, struct model_site *site, const struct judgement *judgement,
		  const struct tally_site *from);

/* What decides on the place of a site in the model: by bytes live at the end, then by bytes allocated,
 * then in any order that is reproducible. Sites are large, so they are sorted before they are made. */
struct sites_rank {
	uint64_t live_bytes, allocated_bytes;
	stack_id stack;
	uint32_t site; /* index into what was sorted */
};

/* In the order of a model. You own the result. */
struct sites_rank *sites_sort(const struct tally_site *sites, size_t count);

/* The standard errors that follow from the variances. */
struct model_sample sites_sample(const struct tally_sample *from); /* NULL: no sample */

#endif
