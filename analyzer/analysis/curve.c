/* SPDX-License-Identifier: MIT */
#include "curve.h"

#include <stdlib.h>

#include "survival.h"

void curve_fill(struct model_survival *to, struct model_generation *generations,
		const uint64_t ages[GENERATIONS - 1], const struct ages *dead,
		const struct ages *alive, double recorded_share, struct arena *arena)
{
	struct survival survival;
	struct model_survival_point *points;
	double before = 1;

	survival_estimate(&survival, dead, alive, recorded_share);
	points = arena_alloc(arena, survival.point_count * sizeof *points);
	for (uint32_t i = 0; i < survival.point_count; i++)
		points[i] = (struct model_survival_point){
			survival.points[i].age, survival.points[i].survival, survival.points[i].low,
			survival.points[i].high};
	*to = (struct model_survival){
		.blocks = survival.blocks,
		.deaths = survival.deaths,
		.has_median = survival.has_median,
		.median_age = survival.median_age,
		.plateau = survival.plateau,
		.low = survival.low,
		.high = survival.high,
		.followed_up = survival.followed_up,
		.points = points,
		.point_count = survival.point_count,
	};
	for (int g = 0; g + 1 < GENERATIONS; g++) {
		double at = survival_at(&survival, ages[g]);

		generations[g].promotion = before > 0 ? at / before : 0;
		before = at;
	}
}

static int compare_buckets(const void *a, const void *b)
{
	const struct model_age_bucket *x = a;
	const struct model_age_bucket *y = b;

	return x->age < y->age ? -1 : x->age > y->age;
}

static const struct model_age_bucket *copy_buckets(const struct ages *from, struct arena *arena)
{
	struct model_age_bucket *buckets = arena_alloc(arena, from->count * sizeof *buckets);

	for (uint32_t i = 0; i < from->count; i++)
		buckets[i] = (struct model_age_bucket){
			.age = ages_floor(from->list[i].bucket),
			.blocks = from->list[i].blocks,
			.bytes = from->list[i].bytes,
			.byte_seconds = from->list[i].byte_seconds,
		};
	qsort(buckets, from->count, sizeof *buckets, compare_buckets);
	return buckets;
}

struct model_ages curve_ages(const struct ages *dead, const struct ages *alive, struct arena *arena)
{
	return (struct model_ages){
		.dead = copy_buckets(dead, arena),
		.alive = copy_buckets(alive, arena),
		.dead_count = dead->count,
		.alive_count = alive->count,
	};
}
