/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <string.h>

/* Of no trend, after Benjamini and Hochberg: one in a hundred sites called growing may not be. */
#define TREND_P 0.01
/* A line has half of its rise in the second half, a curve that levels off less. */
#define LATE_SHARE_MIN 0.2
#define LATE_SHARE_SURE 0.35
#define SATURATION_AIC 6
/* Of the blocks live at three quarters, those that stay to the end. */
#define RETENTION_MIN 0.6
/* A backlog grows although its blocks do not stay: a new maximum in almost every slice of the second
 * half. A random walk makes one in every few. */
#define STEADY_SHARE 0.8
/* Programs that build something until they end grow at many places by little: what is less than
 * this, of all live bytes or in bytes, is worth half of the confidence. */
#define MATERIAL_SHARE 0.001
#define MATERIAL_BYTES 65536
/* Slices without a new maximum at the end, in mean distances between maxima. */
#define GAPS_MAX 4
/* Age of the newest survivor, in mean distances between survivors: of births at random, one site in
 * 3,000 that still grows leaves so long a gap, by Poisson's law. */
#define BIRTH_GAPS_MAX 8
/* Survivors beyond the old age, siblings that died, and their risk of dying there. */
#define OLD_SURVIVORS_MIN 5
#define DEATHS_MIN 20
#define OLD_RISK_MAX 0.2
/* Survival of births in the last third against all; share of the births in the second half of the
 * time between first and last; slices with survivors against what chance would fill. */
#define LATE_RATE_MIN 0.4
#define LATE_BIRTHS_MIN 0.1
#define FILLED_SHARE_MIN 0.5
#define BIRTH_SLICES_MIN 4
#define DROPPED_SHARE 0.25
/* A site that allocates only in the first fifth of the run makes what the program works with. */
#define ACTIVE_SHARE 0.2
/* A program that does nothing for so long, and for half of its run, has stopped growing. */
#define QUIET_S 1.0
#define QUIET_SHARE 0.5
/* That nothing points to a block proves that it is lost, but for pointers in disguise. */
#define LOST_CONFIDENCE 0.99
/* While modules are loaded: fewer, and of fewer bytes than are material, are forgotten references. */
#define LOST_BLOCKS_MIN 20
/* Blocks that are worth a word when the teardown begins, the last fiftieth of a run. */
#define KEPT_BLOCKS_MIN 10
#define TEARDOWN_SHARE 0.98

static enum answer answer(bool yes)
{
	return yes ? ANSWER_YES : ANSWER_NO;
}

/* Whether this is a long time for this run. */
static bool is_long(const struct evidence *e, double seconds)
{
	return seconds >= QUIET_S && seconds * 1e9 >= QUIET_SHARE * (double)e->duration_ns;
}

static bool has_gone_quiet(const struct evidence *e)
{
	return is_long(e, e->quiet_s);
}

static bool has_trend(const struct evidence_rise *rise, double p)
{
	return rise->tested && p < TREND_P && rise->trend.z > 0;
}

/* Maxima go on coming, as often as they came so far, and no smaller. */
static bool still_rises(const struct evidence_rise *rise)
{
	double gap = rise->records ? (double)rise->points / rise->records : 0;

	if (!rise->records_third || !rise->records_fourth || rise->late_share < LATE_SHARE_MIN ||
	    rise->since_record > GAPS_MAX * gap + 1)
		return false;
	return rise->saturation <= SATURATION_AIC || rise->late_share >= LATE_SHARE_SURE;
}

/* By the age clock, on which programs that build something and then work with it go on without new
 * blocks; by allocations these may look as if they grew to their end. What a program does while it ends,
 * functions of atexit above all, is no such work: many blocks have gaps that are shorter than that. */
static bool has_stopped(const struct tally_site *site, const struct evidence *e)
{
	double blocks = (double)evidence_recorded(e, site->live_blocks);
	double span = 1 - e->first_birth_share, since = 1 - e->newest_survivor_share;

	return since > 1 - TEARDOWN_SHARE && since * blocks > BIRTH_GAPS_MAX * span;
}

static bool rises_steadily(const struct evidence_rise *rise)
{
	uint32_t second_half = rise->points - rise->points / 2;

	return rise->records_third + rise->records_fourth >= STEADY_SHARE * second_half;
}

static bool is_material(const struct tally_site *site, uint64_t live_bytes)
{
	return site->live_bytes >= MATERIAL_BYTES ||
	       (double)site->live_bytes >= MATERIAL_SHARE * (double)live_bytes;
}

static bool outlives_siblings(const struct tally_site *site, const struct evidence *e)
{
	uint64_t old = e->reached_old - e->died_old;
	/* Laplace's rule of succession: few blocks prove little. */
	double risk = ((double)e->died_old + 1) / ((double)e->reached_old + 2);

	return (double)(site->frees - site->resized) * e->recorded_share >= DEATHS_MIN &&
	       old >= OLD_SURVIVORS_MIN && risk < OLD_RISK_MAX &&
	       e->last_birth_share >= ACTIVE_SHARE && !is_long(e, e->idle_s);
}

/* Growth that is seen by allocations, or by time if it is not. */
static void weigh_growth(struct verdict_result *result, const struct tally_site *site,
			 const struct evidence *e, struct verdict_p p)
{
	const struct evidence_rise *rise = &e->by_allocations;
	enum answer *pieces = result->pieces;
	bool trend = has_trend(rise, p.by_allocations);
	bool persists = still_rises(rise) && !is_long(e, e->quiet_s) && !has_stopped(site, e);

	if (!(trend && persists) && has_trend(&e->by_time, p.by_time) && still_rises(&e->by_time)) {
		result->by_time = true;
		pieces[PIECE_TREND] = pieces[PIECE_PERSISTENCE] = pieces[PIECE_RETENTION] =
			ANSWER_YES;
	} else if (rise->points) {
		pieces[PIECE_TREND] = answer(trend);
		pieces[PIECE_PERSISTENCE] = answer(persists);
		pieces[PIECE_RETENTION] = answer(
			rises_steadily(rise) ||
			(e->blocks_then &&
			 (double)e->kept_of_them >= RETENTION_MIN * (double)e->blocks_then));
	}
}

static void weigh(struct verdict_result *result, const struct tally_site *site,
		  const struct evidence *e, struct verdict_p p)
{
	enum answer *pieces = result->pieces;

	if (e->reachability_known)
		pieces[PIECE_REACHABILITY] = answer(e->lost_blocks);
	weigh_growth(result, site, e, p);
	if (e->old_age)
		pieces[PIECE_OLD_AGE] = answer(outlives_siblings(site, e));
	if (e->birth_slices >= BIRTH_SLICES_MIN && e->old_survivors >= OLD_SURVIVORS_MIN) {
		pieces[PIECE_RATE] = answer(e->late_rate >= LATE_RATE_MIN &&
					    e->late_births >= LATE_BIRTHS_MIN);
		pieces[PIECE_SPREAD] = answer(e->filled >= FILLED_SHARE_MIN * e->filled_expected);
	}
}

bool verdict_grew_to_teardown(const struct evidence *e)
{
	return e->blocks_at_teardown >= KEPT_BLOCKS_MIN && still_rises(&e->by_allocations) &&
	       e->by_allocations.records >= EVIDENCE_RECORDS_MIN;
}

static enum verdict class_of_dead(const struct tally_site *site, const struct evidence *e)
{
	if (!site->allocations)
		return VERDICT_UNKNOWN;
	if (e->first_release_share >= TEARDOWN_SHARE && e->first_birth_share < TEARDOWN_SHARE &&
	    site->frees > site->resized)
		return VERDICT_CLEANED;
	/* Most came and went, but a part stayed, and grew until the teardown began. */
	if (verdict_grew_to_teardown(e))
		return VERDICT_CLEANED;
	return VERDICT_BALANCED;
}

/* Born at the start of the run, by the age clock or by time, and no more since. */
static bool belongs_to_start(const struct evidence *e)
{
	if (e->by_allocations.records_after_start && !has_gone_quiet(e))
		return false;
	return e->newest_survivor_share * EVIDENCE_START_PART <= 1 ||
	       (has_gone_quiet(e) && e->newest_survivor_ns <= e->duration_ns / EVIDENCE_START_PART);
}

/* What there was at most is gone but for a rest, as free lists keep one: it was for the moment. */
static bool has_dropped(const struct tally_site *site)
{
	return (double)site->live_bytes < DROPPED_SHARE * (double)site->own_peak_bytes;
}

/*
 * A module is loaded once. What the beginnings of modules in C forget here and there, references above
 * all, is lost and counted as that, but makes no leak of all else that was made there.
 */
static bool is_left_by_loading(const struct evidence *e, bool grows)
{
	bool few = e->lost_blocks < LOST_BLOCKS_MIN && e->lost_bytes < MATERIAL_BYTES;

	return e->imported && !grows && (few || 2 * e->lost_blocks < e->looked_at_blocks);
}

static enum verdict class_of_live(const struct verdict_result *result,
				  const struct tally_site *site, const struct evidence *e,
				  bool own_code)
{
	const enum answer *pieces = result->pieces;
	bool grows = pieces[PIECE_TREND] == ANSWER_YES;
	bool stays = pieces[PIECE_RETENTION] == ANSWER_YES;
	bool outlives = pieces[PIECE_OLD_AGE] == ANSWER_YES;
	bool goes_on = grows && stays && pieces[PIECE_PERSISTENCE] == ANSWER_YES &&
		       !has_dropped(site);

	if (pieces[PIECE_REACHABILITY] == ANSWER_YES && !is_left_by_loading(e, goes_on))
		return VERDICT_LEAK;
	/* Age alone says nothing of a set that fills up, or that is released in bulk one day; nor of
	 * blocks some of which are for keeps and others are not. */
	if (e->mixed && !goes_on)
		outlives = false;
	/* What is held and came in one phase of the run, that phase has left behind. */
	if (pieces[PIECE_REACHABILITY] == ANSWER_NO && has_stopped(site, e))
		outlives = false;
	if (outlives && pieces[PIECE_RATE] == ANSWER_YES &&
	    (pieces[PIECE_SPREAD] == ANSWER_YES || (grows && stays)))
		return pieces[PIECE_REACHABILITY] == ANSWER_NO ? VERDICT_GROWING : VERDICT_LEAK;
	if (goes_on && pieces[PIECE_RATE] != ANSWER_NO)
		return VERDICT_GROWING;
	if (belongs_to_start(e) || (!own_code && site->frees == site->resized))
		return VERDICT_STARTUP;
	if (site->frees > site->resized || (pieces[PIECE_PERSISTENCE] == ANSWER_NO &&
					    site->live_blocks > 1 && e->by_allocations.records > 1))
		return VERDICT_CACHE;
	return VERDICT_UNFREED;
}

/* The share of the pieces that are known and agree with the verdict. */
static double agreement(const struct verdict_result *result)
{
	bool leaky = result->verdict == VERDICT_LEAK || result->verdict == VERDICT_GROWING;
	unsigned known = 1, agreeing = 1; /* that the verdict's own conditions hold */

	/* A site that never released a block cannot tell what it means to keep. */
	if (leaky && result->pieces[PIECE_OLD_AGE] == ANSWER_UNKNOWN)
		known++;
	for (int i = 0; i < PIECE_COUNT; i++) {
		/* That blocks are held speaks against their being lost, but not against growth. */
		if (result->pieces[i] == ANSWER_UNKNOWN ||
		    (i == PIECE_REACHABILITY && result->verdict == VERDICT_GROWING))
			continue;
		known++;
		agreeing += (result->pieces[i] == ANSWER_YES) == leaky;
	}
	return (double)agreeing / known;
}

static bool is_lost(const struct verdict_result *result)
{
	return result->verdict == VERDICT_LEAK && result->pieces[PIECE_REACHABILITY] == ANSWER_YES;
}

/* What may be said of a trace that stops early: how things went until then, and what was lost. */
static bool needs_no_end(const struct verdict_result *result)
{
	return result->verdict == VERDICT_GROWING || result->verdict == VERDICT_BALANCED ||
	       is_lost(result);
}

void verdict_conclude(struct verdict_result *result, const struct tally_site *site,
		      const struct evidence *e, struct verdict_p p, uint64_t live_bytes,
		      bool own_code, enum verdict_gap gap)
{
	memset(result, 0, sizeof *result);
	if (gap == VERDICT_GAP_EVENTS || gap == VERDICT_GAP_STACKS) {
		result->gap = gap;
		return;
	}
	weigh(result, site, e, p);
	if (site->overwritten) /* what looks alive may be dead as well */
		result->gap = VERDICT_GAP_EVENTS;
	else
		result->verdict = site->live_blocks ? class_of_live(result, site, e, own_code)
						    : class_of_dead(site, e);
	if (gap == VERDICT_GAP_END && !needs_no_end(result)) {
		result->verdict = VERDICT_UNKNOWN;
		result->gap = gap;
	}
	if (result->verdict != VERDICT_UNKNOWN)
		result->confidence = is_lost(result) ? LOST_CONFIDENCE : agreement(result);
	if (result->verdict == VERDICT_GROWING && !is_material(site, live_bytes))
		result->confidence /= 2;
}

int verdict_gravity(enum verdict verdict)
{
	static const int gravities[] = {
		[VERDICT_UNKNOWN] = 0, [VERDICT_BALANCED] = 1, [VERDICT_CLEANED] = 2,
		[VERDICT_STARTUP] = 3, [VERDICT_CACHE] = 4,    [VERDICT_UNFREED] = 5,
		[VERDICT_GROWING] = 6, [VERDICT_LEAK] = 7,
	};

	return gravities[verdict];
}
