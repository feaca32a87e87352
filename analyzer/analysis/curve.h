/* SPDX-License-Identifier: MIT */
/*
 * curve.h - survival in the form of the model, from histograms of ages: of a site, a group, a run, or
 * what a profile adds up.
 */
#ifndef TENURE_CURVE_H
#define TENURE_CURVE_H

#include "../model.h"
#include "../util/arena.h"
#include "ages.h"

/* Also the promotion of the generations. recorded_share: see survival_estimate. Points live in the
 * arena. */
void curve_fill(struct model_survival *to, struct model_generation *generations,
		const uint64_t ages[GENERATIONS - 1], const struct ages *dead,
		const struct ages *alive, double recorded_share, struct arena *arena);

/* The histograms themselves, by age. Buckets live in the arena. */
struct model_ages curve_ages(const struct ages *dead, const struct ages *alive,
			     struct arena *arena);

#endif
