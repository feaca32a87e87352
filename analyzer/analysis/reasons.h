/* SPDX-License-Identifier: MIT */
/*
 * reasons.h - the verdict on a site in words: one sentence, and each piece of evidence behind it.
 */
#ifndef TENURE_REASONS_H
#define TENURE_REASONS_H

#include "../model.h"
#include "../util/arena.h"
#include "judge.h"

/* Fills in the verdict on a site, without words. */
void reasons_give(struct model_site *site, const struct judgement *judgement);

/* The sentence for a site whose numbers and verdict are set. */
const char *reasons_why(const struct model_site *site, const struct judgement *judgement,
			const struct model_run *run, struct arena *arena);

/* Sentence and pieces of evidence, for sites that are shown. */
void reasons_list(struct model_site *site, const struct judgement *judgement,
		  const struct model_run *run, struct arena *arena);

#endif
