/* SPDX-License-Identifier: MIT */
/*
 * evidence.h - what the record of one site's blocks says about whether it leaks, in numbers.
 *
 * Measures and does not judge: verdict.h does. Every piece answers one question and says when it
 * cannot. Times are in seconds and nanoseconds since the start, ages by the tally's age clock.
 */
#ifndef TENURE_EVIDENCE_H
#define TENURE_EVIDENCE_H

#include "tally.h"
#include "trend.h"

/* Fewer slices than this make no trend, nor do fewer slices with a new maximum: a vector that
 * doubles makes few, and so does a table with an entry for each kind of request. Of a site that
 * holds half of what is live at the end, fewer do. */
#define EVIDENCE_POINTS_MIN 8u
#define EVIDENCE_RECORDS_MIN 10u
#define EVIDENCE_RECORDS_MIN_DOMINANT 6u
/* The start of a run is one part of so many. */
#define EVIDENCE_START_PART 10u
/* Slices of time shorter than this show how the machine was busy, not what the program did. */
#define EVIDENCE_TIME_SLICE_S 0.01

/* Does an amount grow, and until the end? It is sampled at the ends of slices. */
struct evidence_rise {
	uint32_t points; /* 0: fewer than EVIDENCE_POINTS_MIN, nothing else is valid */
	/* New maxima: in all, in the third and in the fourth quarter of the points; behind the first
	 * tenth of the run; and points since the last one. */
	uint32_t records, records_third, records_fourth, records_after_start, since_record;
	double late_share; /* of the rise, that of the second half; 0 without a rise */
	bool tested; /* there are maxima enough; then: */
	struct trend_test trend; /* p is that of this test alone */
	double saturation; /* see trend.h */
};

struct evidence {
	bool mixed; /* blocks that may have nothing in common but the site */
	bool imported; /* made while a module of Python was being loaded */
	/* Of a sampled recording: recorded blocks per block. Numbers of blocks below are of recorded ones,
	 * so that they prove as much as they can. Else 1. */
	double recorded_share;

	/* Does anything still point to the blocks? Set by who has a snapshot, never by the trace. */
	bool reachability_known;
	uint64_t lost_blocks, lost_bytes; /* directly or indirectly, */
	uint64_t looked_at_blocks; /* of so many that were live then */
	uint64_t garbage_blocks; /* of these, such as a collector of the language would release */
	uint64_t hidden_blocks; /* seemed lost and were released later: then it is not known */

	/* Live bytes by slices of allocations, since the site's first block. */
	struct evidence_rise by_allocations;
	struct trend_slope slope; /* bytes per second, if by_allocations is tested */
	/* Blocks that are live at the end, by the time of their birth. For sites that release nothing
	 * and whose births lie in too few slices of allocations to tell, in runs that are long enough;
	 * else without points. It sees what a program does while it hardly allocates. */
	struct evidence_rise by_time;

	/* If nothing is left at the end, by_allocations is all that is known of growth, and this what was
	 * live at the end of the last complete slice, when the program began to end. */
	uint64_t blocks_at_teardown, bytes_at_teardown;

	/* Do blocks stay? Of those live at three quarters, how many are until the end. */
	uint64_t blocks_then, kept_of_them;

	/* Are the survivors older than those that die? old_age: four times the age that 90 % of the
	 * dead had not reached; 0 without deaths. Blocks that reached it, and how many died then. */
	uint64_t old_age;
	uint64_t reached_old, died_old;

	/*
	 * When were the survivors born that are this old? Over the slices in which the site had births
	 * that can have reached the age; 0 slices: nothing to tell.
	 */
	uint32_t birth_slices;
	uint64_t old_survivors;
	/* The share of births that survived, in the last third of the births, as a multiple of that in
	 * all of them: a leak keeps its rate, a set that fills up does not. */
	double late_rate;
	double late_births; /* share of the births in the second half of the time between the first
				and the last: what fills up on demand has few */
	/* Slices that have survivors, since the first that has, and how many would if each birth
	 * survived with the same probability. */
	uint32_t filled;
	double filled_expected;

	/* Where in the run: shares of the age clock, and times. */
	double first_birth_share, last_birth_share, newest_survivor_share, first_release_share;
	uint64_t newest_survivor_ns, record_ns, duration_ns;
	double quiet_s; /* since live bytes last reached a new maximum */
	double idle_s; /* since the site last allocated */
};

/* Of an estimated number of blocks, those that it is estimated from: a million from sixty blocks proves as
 * little as sixty. */
static inline uint64_t evidence_recorded(const struct evidence *e, uint64_t blocks)
{
	return e->recorded_share < 1 ? (uint64_t)((double)blocks * e->recorded_share + 0.5)
				     : blocks;
}

/* Of one site, or of several merged into one, of a finished tally. */
void evidence_collect(struct evidence *e, const struct tally *tally, const struct tally_site *site);

#endif
