/* SPDX-License-Identifier: MIT */
/*
 * survival.h - which share of a site's blocks lives how long, and which share never dies.
 *
 * The estimator of Kaplan and Meier (1958) on the age buckets of ages.h. Blocks that are alive when
 * the recording ends are right-censored: they count among those at risk up to their age, and never
 * as deaths. Everything is by blocks; ages have whatever unit went into the histograms. Pure
 * functions, for reports and for verdicts. Bounds are at 95 %, pointwise, and take blocks to die
 * independently of each other: blocks of one request do not, so read them as too narrow.
 */
#ifndef TENURE_SURVIVAL_H
#define TENURE_SURVIVAL_H

#include <stdbool.h>

#include "ages.h"

/* The share of blocks that live at least until `age`, the upper edge of a bucket. */
struct survival_point {
	uint64_t age;
	double survival, low, high; /* 0 <= low <= survival <= high <= 1 */
};

struct survival {
	uint64_t blocks, deaths, censored; /* stop at UINT64_MAX */

	/* One for each bucket in which blocks died, ages ascending; only these are set. */
	struct survival_point points[AGES_BUCKETS];
	uint32_t point_count;

	/*
	 * The age that half of the blocks do not outlive: where the curve comes down to 1/2, inside
	 * of its bucket on a straight line over the logarithm of the age.
	 */
	bool has_median;
	uint64_t median_age;

	/*
	 * The curve behind the last death: the share that never dies, if the run was long enough to
	 * tell (Maller and Zhou, 1992: the cure fraction). 1 without deaths.
	 */
	double plateau, low, high;

	uint64_t last_death_age; /* floor of the bucket; 0 without deaths */
	uint64_t oldest_age; /* likewise, of dead and living; 0 without blocks */

	/*
	 * Was the run long enough for the plateau to mean something? With the oldest death at t,
	 * the oldest block at m, and N of n blocks dead at ages in (2t - m, t], the hypothesis
	 * that it was too short is rejected if alpha = (1 - N/n)^n < 0.05 (Maller and Zhou,
	 * Biometrika 79, 1992, and Survival Analysis with Long-Term Survivors, 1996). Ages here
	 * are floors of buckets. Without deaths, or with deaths in the bucket of the oldest block,
	 * alpha is 1. The test is lenient: with many blocks, three deaths in the window do.
	 */
	bool followed_up;
	double follow_up_alpha;
};

/*
 * Estimates the curve from the ages at which blocks died and the present ages of those alive.
 *
 * Of c blocks censored in a bucket half are at risk of the deaths in it, as actuaries have it
 * (Cutler and Ederer, 1958); in a bucket of a single age all are: who is censored at the age of a
 * death was still there (Kaplan and Meier). So wherever no bucket below the last death holds both,
 * this is the ungrouped estimate. Variance: Greenwood (1926). Bounds: of log(-log S), as
 * Kalbfleisch and Prentice (1980) have it; where S is 0 or 1 and Greenwood has nothing to say,
 * those of Clopper and Pearson (1934): 1 - 0.025^(1/n) above 0 and 0.025^(1/n) below 1, with n the
 * blocks, or the effective number R/S of the last R at risk if some were censored before (Dorey
 * and Korn, 1987).
 *
 * recorded_share: of a sampled recording, recorded blocks per block that the histograms hold, in
 * (0, 1]; bounds are as wide as the number of recorded blocks makes them. Else 1.
 *
 * Without blocks there are no points, and the plateau is 1 with bounds 0 and 1.
 */
void survival_estimate(struct survival *s, const struct ages *deaths, const struct ages *censored,
		       double recorded_share);

/*
 * The estimated share of blocks that live at least until `age`. A step function: deaths of a bucket
 * count at its end, so that inside of a bucket this is an upper limit.
 */
double survival_at(const struct survival *s, uint64_t age);

#endif
