/* SPDX-License-Identifier: MIT */
/*
 * diff.h - two runs of a program compared, site by site.
 *
 * Sites are matched by fingerprint, so that neither addresses nor lines, folders or optimisation
 * keep them apart; see frames.h. Both models must have the stacks of all their sites, and must
 * outlive the result. Pure: nothing is read but the models.
 */
#ifndef TENURE_DIFF_H
#define TENURE_DIFF_H

#include "../model_diff.h"
#include "../util/arena.h"

struct diff_options {
	enum measure measure;
	uint32_t tolerance_percent;
	uint64_t least;
};

/* "live", "allocated", "allocations", "peak", "temporary". False if the word is none of them. */
bool diff_parse_measure(const char *word, enum measure *measure);

/* Rows and sentences live in the arena. */
void diff_build(struct model_diff *diff, const struct model *old_model,
		const struct model *new_model, const struct diff_options *options,
		struct arena *arena);

#endif
