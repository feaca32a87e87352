/* SPDX-License-Identifier: MIT */
#include "survival.h"

#include <math.h>

#define NORMAL_975 1.9599639845400543 /* of the standard normal distribution */
#define TAIL 0.025 /* outside of each of two bounds at 95 % */
#define FOLLOW_UP_LEVEL 0.05
#define ROUNDING 1e-12 /* relative, of a product of 252 factors: 1/2 may come out above 1/2 */

/* By bucket. */
struct counts {
	uint64_t deaths[AGES_BUCKETS];
	uint64_t censored[AGES_BUCKETS];
	double recorded_share;
};

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t spread(const struct ages *a, uint64_t *plain)
{
	uint64_t blocks = 0;

	for (uint32_t i = 0; i < AGES_BUCKETS; i++)
		plain[i] = 0;
	for (uint32_t i = 0; i < a->count; i++) {
		plain[a->list[i].bucket] = a->list[i].blocks;
		blocks = add_saturated(blocks, a->list[i].blocks);
	}
	return blocks;
}

/* The age in a bucket at which `share` of its deaths are over, evenly spread on the log scale. */
static uint64_t age_inside(uint32_t bucket, double share)
{
	uint64_t floor = ages_floor(bucket);
	uint64_t last = ages_floor(bucket + 1) - floor - 1;
	double ratio = 1 + 1 / (double)(4 + bucket % 4);
	double ahead;

	if (bucket < AGES_EXACT)
		return floor;
	ahead = (double)floor * (pow(ratio, share) - 1);
	/* Whatever is below `last` fits an integer. */
	return floor + (ahead < (double)last ? (uint64_t)ahead : last);
}

/* log_survival is below 0; variance is Greenwood's sum. */
static void log_log_bounds(double log_survival, double variance, double *low, double *high)
{
	double width = NORMAL_975 * sqrt(variance) / -log_survival;

	*low = exp(log_survival * exp(width));
	*high = exp(log_survival * exp(-width));
}

static void test_follow_up(struct survival *s, const struct counts *counts)
{
	/* m - t, which cannot wrap as 2t - m can. */
	uint64_t behind = s->oldest_age - s->last_death_age;
	double deaths = 0, blocks = (double)s->blocks * counts->recorded_share;

	for (uint32_t i = 0; i < AGES_BUCKETS && ages_floor(i) <= s->last_death_age; i++)
		if (s->last_death_age - ages_floor(i) < behind)
			deaths += (double)counts->deaths[i] * counts->recorded_share;
	s->follow_up_alpha = deaths < blocks ? exp(blocks * log1p(-deaths / blocks)) : 0;
	s->followed_up = s->follow_up_alpha < FOLLOW_UP_LEVEL;
}

/* Walks the buckets from young to old; at_risk[i] are the blocks in bucket i and behind it. */
static void follow_curve(struct survival *s, const struct counts *counts, const double *at_risk)
{
	double survival = 1, log_survival = 0, variance = 0;

	for (uint32_t i = 0; i < AGES_BUCKETS; i++) {
		struct survival_point *point = &s->points[s->point_count];
		double dead = (double)counts->deaths[i] * counts->recorded_share;
		double censored = (double)counts->censored[i] * counts->recorded_share *
				  (i < AGES_EXACT ? 1 : 0.5);
		/* Of those at risk: a sum, so that nothing cancels. */
		double alive = at_risk[i + 1] + censored;
		double before = survival;

		if (!counts->deaths[i])
			continue;
		survival *= alive / (alive + dead);
		log_survival += log1p(-dead / (alive + dead));
		variance += dead / (alive + dead) / alive;
		s->point_count++;
		point->age = ages_floor(i + 1);
		point->survival = survival;
		if (alive > 0) {
			log_log_bounds(log_survival, variance, &point->low, &point->high);
		} else {
			point->low = 0;
			point->high = -expm1(log(TAIL) * before / dead);
		}
		if (point->low > survival)
			point->low = survival;
		if (point->high < survival)
			point->high = survival;
		if (!s->has_median && survival <= 0.5 * (1 + ROUNDING)) {
			s->has_median = true;
			s->median_age = age_inside(i, (before - 0.5) / (before - survival));
		}
		s->plateau = survival;
		s->low = point->low;
		s->high = point->high;
		s->last_death_age = ages_floor(i);
	}
}

void survival_estimate(struct survival *s, const struct ages *deaths, const struct ages *censored,
		       double recorded_share)
{
	struct counts counts = {.recorded_share = recorded_share};
	double at_risk[AGES_BUCKETS + 1];

	s->deaths = spread(deaths, counts.deaths);
	s->censored = spread(censored, counts.censored);
	s->blocks = add_saturated(s->deaths, s->censored);
	s->point_count = 0;
	s->has_median = false;
	s->median_age = 0;
	s->plateau = s->high = 1;
	s->low = s->blocks ? pow(TAIL, 1 / ((double)s->blocks * recorded_share)) : 0;
	s->last_death_age = s->oldest_age = 0;
	s->followed_up = false;
	s->follow_up_alpha = 1;
	at_risk[AGES_BUCKETS] = 0;
	for (uint32_t i = AGES_BUCKETS; i-- > 0;) {
		at_risk[i] = at_risk[i + 1] +
			     ((double)counts.deaths[i] + (double)counts.censored[i]) *
				     recorded_share;
		if (at_risk[i] > 0 && !s->oldest_age)
			s->oldest_age = ages_floor(i);
	}
	if (!s->deaths)
		return;
	follow_curve(s, &counts, at_risk);
	test_follow_up(s, &counts);
}

double survival_at(const struct survival *s, uint64_t age)
{
	uint32_t low = 0, high = s->point_count;

	/* All points below `low` are at or before the age, all from `high` on behind it. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->points[middle].age <= age)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? s->points[low - 1].survival : 1;
}
