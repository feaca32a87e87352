/* SPDX-License-Identifier: MIT */
/*
 * sites.h - the sites of the model: numbers, verdicts, and for those that are shown, stacks, survival
 * curves and the evidence in words. Private to what builds the model.
 */
#ifndef TENURE_SITES_H
#define TENURE_SITES_H

#include "../model.h"
#include "../util/arena.h"
#include "frames.h"
#include "heap.h"
#include "judge.h"

/* Fill in, zero the rest; end with sites_release. */
struct sites {
	const struct reader *reader;
	struct frames *frames;
	const struct tally *tally;
	const struct model_run *run;
	struct arena *arena;
	enum verdict_gap gap;
	const struct heap *heap; /* NULL: pages were not followed */

	/* Result of sites_build: model_site.id by stack id, 0 for stacks that are no site's. */
	uint32_t *ids;
};

/* top: sites shown per ranking, 0 for all. */
void sites_build(struct sites *s, struct model *model, uint32_t top);
void sites_release(struct sites *s);

/* What the tally has counted, all but id, stack and verdict; for groups, too. */
void sites_fill(const struct sites *s, struct model_site *site, const struct tally_site *from);
/* What takes memory: curves and evidence. */
void sites_detail(const struct sites *s, struct model_site *site, const struct judgement *judgement,
		  const struct tally_site *from);

/* Also the promotion of the generations. */
void sites_fill_survival(struct model_survival *to, struct model_generation *generations,
			 const uint64_t ages[GENERATIONS - 1], const struct ages *dead,
			 const struct ages *alive, struct arena *arena);

#endif
