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

/* Fewer complete slices than this make no trend, nor do fewer slices with a new maximum: a vector
 * that doubles makes few, and so does a table with an entry for each kind of request. */
#define EVIDENCE_POINTS_MIN 8u
#define EVIDENCE_RECORDS_MIN 10u
/* The start of a run is one part of so many. */
#define EVIDENCE_START_PART 10u

struct evidence {
	/* Does anything still point to the blocks? Set by who has a snapshot, never by the trace. */
	bool reachability_known;
	uint64_t lost_blocks; /* directly or indirectly */

	/* Does the live amount grow? At the ends of the slices since the site's first block. */
	uint32_t points; /* 0: fewer than EVIDENCE_POINTS_MIN, none of this is valid */
	bool tested; /* enough maxima for these three: */
	struct trend_test trend; /* of bytes; p is that of this test alone */
	struct trend_slope slope; /* bytes per second */
	double saturation; /* see trend.h */
	double late_share; /* of the rise, that of the second half; 0 without a rise */
	/* New maxima of bytes at ends of slices: in all, in the third and in the fourth quarter. */
	uint32_t records, records_third, records_fourth;
	uint32_t records_after_start; /* behind the first tenth of the run */

	/* Do blocks stay? Of those live at three quarters, how many are until the end. */
	uint64_t blocks_then, kept_of_them;

	/* Are the survivors older than those that die? old_age: four times the age that 90 % of the
	 * dead had not reached; 0 without deaths. Blocks that reached it, and how many died then. */
	uint64_t old_age;
	uint64_t reached_old, died_old;
	/* Survivors of that age by birth: in the first, the second half and the last quarter of the
	 * time in which the site allocated and blocks could reach that age. */
	uint64_t old_born_first, old_born_second, old_born_last;

	/* Where in the run: shares of the age clock, and times. */
	double first_birth_share, last_birth_share, newest_survivor_share, first_release_share;
	uint64_t newest_survivor_ns, record_ns, duration_ns;
	double quiet_s; /* since live bytes last reached a new maximum */
	double idle_s; /* since the site last allocated */
};

/* Of one site, or of several merged into one, of a finished tally. */
void evidence_collect(struct evidence *e, const struct tally *tally, const struct tally_site *site);

#endif
