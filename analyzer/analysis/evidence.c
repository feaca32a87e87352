/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include <string.h>

static double seconds_at(const struct tally *t, uint64_t stamp)
{
	uint64_t since = stamp > t->stamps.start_stamp ? stamp - t->stamps.start_stamp : 0;

	return (double)since * t->stamps.ns_per_stamp / 1e9;
}

/* first: the slice of the run that bytes[0] is of. */
static void count_records(struct evidence *e, const struct tally *t, uint32_t first,
			  const double *bytes, uint32_t n)
{
	uint32_t start = t->slices.current / EVIDENCE_START_PART;
	double most = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (bytes[i] <= most)
			continue;
		most = bytes[i];
		e->records++;
		e->records_after_start += first + i > start;
		e->records_third += i >= n / 2 && i < n - n / 4;
		e->records_fourth += i >= n - n / 4;
	}
}

static double largest(const double *values, uint32_t n)
{
	double most = 0;

	for (uint32_t i = 0; i < n; i++)
		if (values[i] > most)
			most = values[i];
	return most;
}

static void test_trend(struct evidence *e, const struct tally *t, uint32_t first,
		       const double *bytes)
{
	double x[SLICES];

	for (uint32_t i = 0; i < e->points; i++)
		x[i] = seconds_at(t, t->slices.marks[first + i].stamp);
	e->slope = trend_theil_sen(x, bytes, e->points);
	/* Whether there is a trend must not depend on how fast the machine was when. */
	for (uint32_t i = 0; i < e->points; i++)
		x[i] = i;
	e->trend = trend_mann_kendall_autocorrelated(x, bytes, e->points);
	e->saturation = trend_saturation(x, bytes, e->points);
}

static void collect_growth(struct evidence *e, const struct tally *t, const struct tally_site *site)
{
	double bytes[SLICES], blocks[SLICES];
	uint32_t first = site->first_slice;
	uint32_t n = series_expand(&site->series, &t->slices, first, bytes, blocks);
	uint32_t three_quarters = n - n / 4 - 1;
	double half, end;

	if (n < EVIDENCE_POINTS_MIN)
		return;
	e->points = n;
	count_records(e, t, first, bytes, n);
	e->tested = e->records >= EVIDENCE_RECORDS_MIN;
	if (e->tested)
		test_trend(e, t, first, bytes);
	half = largest(bytes, n - n / 2);
	end = largest(bytes, n);
	if (end > bytes[0])
		e->late_share = (end - half) / (end - bytes[0]);
	e->blocks_then = (uint64_t)blocks[three_quarters];
	for (uint32_t i = 0; site->kept && i <= first + three_quarters; i++)
		e->kept_of_them += site->kept[i];
}

/* The age that this share of the blocks had not reached when they died. */
static uint64_t quantile(const struct ages *ages, double share)
{
	uint64_t by_bucket[AGES_BUCKETS] = {0};
	double total = 0, sum = 0;

	for (uint32_t i = 0; i < ages->count; i++) {
		by_bucket[ages->list[i].bucket] += ages->list[i].blocks;
		total += (double)ages->list[i].blocks;
	}
	for (uint32_t b = 0; b < AGES_BUCKETS; b++) {
		sum += (double)by_bucket[b];
		if (sum >= share * total)
			return ages_floor(b + 1);
	}
	return UINT64_MAX;
}

static uint64_t blocks_from(const struct ages *ages, uint64_t age)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < ages->count; i++)
		if (ages_floor(ages->list[i].bucket) >= age)
			count += ages->list[i].blocks;
	return count;
}

static void collect_old_age(struct evidence *e, const struct tally *t,
			    const struct tally_site *site)
{
	uint32_t first = site->first_slice;
	uint64_t p90 = site->dead.count ? quantile(&site->dead, 0.9) : 0;
	uint64_t latest = site->last_birth;
	uint32_t reached, last;

	if (!p90 || p90 > UINT64_MAX / 8)
		return;
	/* An edge of the histograms, as p90 is one. */
	e->old_age = 4 * p90;
	e->died_old = blocks_from(&site->dead, e->old_age);
	e->reached_old = e->died_old + blocks_from(&site->alive, e->old_age);
	if (!site->kept || t->clock < e->old_age)
		return;
	if (latest > t->clock - e->old_age)
		latest = t->clock - e->old_age;
	reached = slices_at(&t->slices, latest);
	if (reached < first)
		return;
	last = reached - (reached - first) / 4;
	for (uint32_t i = first; i <= reached; i++) {
		if (i - first < (reached - first + 1) / 2)
			e->old_born_first += site->kept[i];
		else
			e->old_born_second += site->kept[i];
		if (i >= last)
			e->old_born_last += site->kept[i];
	}
}

void evidence_collect(struct evidence *e, const struct tally *t, const struct tally_site *site)
{
	double whole = t->clock ? (double)t->clock : 1;
	double newest_s = site->newest_tick * t->tick_seconds;

	memset(e, 0, sizeof *e);
	e->duration_ns = (uint64_t)(seconds_at(t, t->stamps.last_stamp) * 1e9);
	e->first_birth_share = (double)site->first_birth / whole;
	e->last_birth_share = (double)site->last_birth / whole;
	e->newest_survivor_share = (double)site->newest_survivor / whole;
	e->first_release_share = site->first_release == UINT64_MAX
					 ? 2
					 : (double)site->first_release / whole;
	e->newest_survivor_ns = (uint64_t)(newest_s * 1e9);
	e->record_ns = (uint64_t)(seconds_at(t, site->record_stamp) * 1e9);
	e->quiet_s = seconds_at(t, t->stamps.last_stamp) - seconds_at(t, site->record_stamp);
	e->idle_s = seconds_at(t, t->stamps.last_stamp) - seconds_at(t, site->last_birth_stamp);
	if (!site->live_blocks)
		return;
	collect_growth(e, t, site);
	collect_old_age(e, t, site);
}
