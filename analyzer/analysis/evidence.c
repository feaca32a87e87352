/* SPDX-License-Identifier: MIT */
#include "evidence.h"

#include <math.h>
#include <string.h>

/* A number of maxima that there cannot be: no test is made. */
#define EVIDENCE_NEVER_ENOUGH (SLICES + 1)

static double seconds_at(const struct tally *t, uint64_t stamp)
{
	uint64_t since = stamp > t->stamps.start_stamp ? stamp - t->stamps.start_stamp : 0;

	return (double)since * t->stamps.ns_per_stamp / 1e9;
}

static void count_records(struct evidence_rise *rise, const double *values, uint32_t start)
{
	uint32_t n = rise->points;
	double most = 0;

	for (uint32_t i = 0; i < n; i++) {
		rise->since_record++;
		if (values[i] <= most)
			continue;
		most = values[i];
		rise->since_record = 0;
		rise->records++;
		rise->records_third += i >= n / 2 && i < n - n / 4;
		rise->records_fourth += i >= n - n / 4;
		rise->records_after_start += i > start;
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

/* start: the last of the points that belong to the start of the run. enough: maxima for a test. */
static void measure_rise(struct evidence_rise *rise, const double *values, uint32_t n,
			 uint32_t start, uint32_t enough)
{
	double places[SLICES];
	double half, end;

	if (n < EVIDENCE_POINTS_MIN)
		return;
	rise->points = n;
	count_records(rise, values, start);
	half = largest(values, n - n / 2);
	end = largest(values, n);
	if (end > values[0])
		rise->late_share = (end - half) / (end - values[0]);
	rise->tested = rise->records >= enough;
	if (!rise->tested)
		return;
	/* Whether there is a trend must not depend on how fast the machine was when. */
	for (uint32_t i = 0; i < n; i++)
		places[i] = i;
	rise->trend = trend_mann_kendall_autocorrelated(places, values, n);
	rise->saturation = trend_saturation(places, values, n);
}

static uint32_t records_enough(const struct tally *t, const struct tally_site *site)
{
	return site->live_bytes >= t->live_bytes / 2 ? EVIDENCE_RECORDS_MIN_DOMINANT
						     : EVIDENCE_RECORDS_MIN;
}

/* states: at the ends of the slices since the site's first block. */
static void collect_growth(struct evidence *e, const struct tally *t, const struct tally_site *site,
			   const struct series_point *states, uint32_t n)
{
	uint32_t start = t->slices.current / EVIDENCE_START_PART;
	uint32_t first = site->first_slice;
	double bytes[SLICES], seconds[SLICES];
	uint32_t three_quarters = n - n / 4 - 1;

	for (uint32_t i = 0; i < n; i++) {
		bytes[i] = (double)states[i].bytes;
		seconds[i] = seconds_at(t, t->slices.marks[first + i].stamp);
	}
	measure_rise(&e->by_allocations, bytes, n, start > first ? start - first : 0,
		     records_enough(t, site));
	if (!e->by_allocations.points)
		return;
	if (e->by_allocations.tested)
		e->slope = trend_theil_sen(seconds, bytes, n);
	e->blocks_then = evidence_recorded(e, states[three_quarters].blocks);
	for (uint32_t i = 0; i <= first + three_quarters; i++)
		e->kept_of_them += site->kept->by_slice[i];
}

static void collect_time(struct evidence *e, const struct tally *t, const struct tally_site *site)
{
	uint32_t first = 0, slices = 0;
	double blocks[SLICES];
	double sum = 0;

	for (uint32_t i = 0; i <= SLICES; i++)
		slices += site->kept->by_slice[i] > 0;
	if (site->frees > site->resized || slices >= EVIDENCE_POINTS_MIN ||
	    seconds_at(t, t->stamps.last_stamp) < SLICES * EVIDENCE_TIME_SLICE_S)
		return;
	while (first < SLICES && !site->kept->by_time[first])
		first++;
	for (uint32_t i = first; i < SLICES; i++)
		blocks[i - first] = sum += site->kept->by_time[i];
	measure_rise(&e->by_time, blocks, SLICES - first,
		     SLICES / EVIDENCE_START_PART > first ? SLICES / EVIDENCE_START_PART - first
							  : 0,
		     records_enough(t, site));
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

/*
 * How long, by the age clock, nothing has happened at a site: at least, to the end of a slice. Blocks that
 * merely outlast its activity grow old without any sign that they should have been released: so a
 * cache stays as full as it was when nobody asks it any more.
 */
static uint64_t idle_age(const struct tally *t, const struct tally_site *site)
{
	uint64_t last_stamp = site->last_release_stamp > site->last_birth_stamp
				      ? site->last_release_stamp
				      : site->last_birth_stamp;
	uint32_t last = slices_at_stamp(&t->slices, last_stamp);

	if (last >= t->slices.current || t->slices.marks[last].clock > t->clock)
		return 0;
	return t->clock - t->slices.marks[last].clock;
}

static void collect_old_age(struct evidence *e, const struct tally *t,
			    const struct tally_site *site)
{
	uint64_t p90 = site->dead.count ? quantile(&site->dead, 0.9) : 0;
	uint64_t idle = idle_age(t, site);

	if (!p90 || p90 > UINT64_MAX / 8)
		return;
	/* An edge of the histograms, as p90 is one. */
	e->old_age = 4 * p90;
	e->died_old = evidence_recorded(e, blocks_from(&site->dead, e->old_age));
	e->reached_old = e->died_old +
			 evidence_recorded(e, blocks_from(&site->alive, e->old_age + idle));
}

/* How many slices would have survivors if these were spread over the births at random. */
static double expect_filled(const double *births, uint32_t n, double survivors)
{
	double total = 0, filled = 0;

	for (uint32_t i = 0; i < n; i++)
		total += births[i];
	for (uint32_t i = 0; i < n; i++)
		filled += 1 - pow(1 - births[i] / total, survivors);
	return filled;
}

/* births[i], kept[i]: of n slices. */
static void measure_births(struct evidence *e, const double *births, const double *kept, uint32_t n)
{
	double all_births = 0, all_kept = 0, late_births = 0, late_kept = 0;
	uint32_t first = 0;

	for (uint32_t i = 0; i < n; i++) {
		all_births += births[i];
		all_kept += kept[i];
		e->birth_slices += births[i] > 0;
	}
	e->old_survivors = (uint64_t)all_kept;
	if (all_kept <= 0)
		return;
	for (uint32_t i = n; i-- > 0 && late_births < all_births / 3;) {
		late_births += births[i];
		late_kept += kept[i];
	}
	e->late_rate = late_kept / late_births / (all_kept / all_births);
	while (kept[first] <= 0)
		first++;
	for (uint32_t i = first; i < n; i++)
		e->filled += kept[i] > 0;
	e->filled_expected = expect_filled(births + first, n - first, all_kept);
}

/* states: of all complete slices of the run. */
static void collect_births(struct evidence *e, const struct tally *t, const struct tally_site *site,
			   const struct series_point *states)
{
	double births[SLICES + 1], kept[SLICES + 1];
	uint64_t all = site->allocations - site->resized;
	uint32_t half =
		(site->first_slice + slices_at_stamp(&t->slices, site->last_birth_stamp) + 1) / 2;
	uint64_t before = half ? states[half - 1].births : 0;
	uint64_t active = t->clock - idle_age(t, site);
	uint32_t last;

	if (active < e->old_age)
		return;
	e->late_births = (double)(all - before) / (double)all;
	before = 0;
	last = slices_at(&t->slices, active - e->old_age);
	for (uint32_t i = 0; i <= last; i++) {
		/* The slice under way has no state: it ends with all births there were. */
		uint64_t until = i < t->slices.current ? states[i].births : all;

		births[i] = (double)(until - before) * e->recorded_share;
		kept[i] = site->kept->by_slice[i];
		before = until;
		/* Lost events and merged sites may leave more survivors than births. */
		if (births[i] < kept[i])
			births[i] = kept[i];
	}
	measure_births(e, births, kept, last + 1);
}

static void place_in_run(struct evidence *e, const struct tally *t, const struct tally_site *site)
{
	double whole = t->clock ? (double)t->clock : 1;
	uint32_t last = slices_at_stamp(&t->slices, site->last_birth_stamp);
	double end = seconds_at(t, t->stamps.last_stamp);

	e->duration_ns = (uint64_t)(end * 1e9);
	e->first_birth_share = (double)site->first_birth / whole;
	e->last_birth_share = last < t->slices.current ? (double)t->slices.marks[last].clock / whole
						       : 1;
	e->newest_survivor_share = (double)site->newest_survivor / whole;
	e->first_release_share = site->first_release == UINT64_MAX
					 ? 2
					 : (double)site->first_release / whole;
	e->newest_survivor_ns = (uint64_t)(site->newest_tick * t->tick_seconds * 1e9);
	e->record_ns = (uint64_t)(seconds_at(t, site->record_stamp) * 1e9);
	e->quiet_s = end - seconds_at(t, site->record_stamp);
	e->idle_s = end - seconds_at(t, site->last_birth_stamp);
}

/* How things stood before a program that releases everything in the end began to do so. */
static void collect_teardown(struct evidence *e, const struct tally *t,
			     const struct tally_site *site, const struct series_point *states)
{
	uint32_t n = t->slices.current - site->first_slice;
	double bytes[SLICES];

	if (!n)
		return;
	for (uint32_t i = 0; i < n; i++)
		bytes[i] = (double)states[site->first_slice + i].bytes;
	measure_rise(&e->by_allocations, bytes, n, 0, EVIDENCE_NEVER_ENOUGH);
	e->blocks_at_teardown = evidence_recorded(e, states[t->slices.current - 1].blocks);
	e->bytes_at_teardown = states[t->slices.current - 1].bytes;
}

void evidence_collect(struct evidence *e, const struct tally *t, const struct tally_site *site)
{
	struct series_point states[SLICES];

	memset(e, 0, sizeof *e);
	e->recorded_share = tally_recorded_share(tally_sample_of(site), site->allocations);
	place_in_run(e, t, site);
	if (!site->allocations)
		return;
	series_expand(&site->series, &t->slices, 0, states);
	if (!site->live_blocks) {
		collect_teardown(e, t, site, states);
		return;
	}
	if (!site->kept)
		return;
	collect_growth(e, t, site, states + site->first_slice,
		       t->slices.current - site->first_slice);
	collect_time(e, t, site);
	collect_old_age(e, t, site);
	collect_births(e, t, site, states);
}
