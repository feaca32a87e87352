/* SPDX-License-Identifier: MIT */
/*
 * verdict.h - what becomes of a site's memory, concluded from the evidence.
 *
 * A verdict never rests on one number: growth needs a trend that is significant among all sites
 * tested, that still rises at the end, and blocks that stay; a partial leak needs survivors far
 * older than their siblings die, born all through the run. The reasons are kept piece by piece, so
 * that they can be shown. Thresholds stand in one place and come from ALGORITHMS of the project:
 * see there for how well each separates leaks from caches.
 */
#ifndef TENURE_VERDICT_H
#define TENURE_VERDICT_H

#include "../model.h"
#include "evidence.h"

/* What a trace lacks for a verdict on anything. */
enum verdict_gap {
	VERDICT_GAP_NONE = 0,
	VERDICT_GAP_EVENTS, /* events were lost, or passed the recorder by: live may be dead */
	VERDICT_GAP_END, /* it stops before the program did: what lives there may be released yet */
	VERDICT_GAP_STACKS, /* nothing tells the sites apart */
};

enum piece {
	PIECE_REACHABILITY,
	PIECE_TREND, /* live bytes rise, and not by chance */
	PIECE_PERSISTENCE, /* they still do at the end */
	PIECE_RETENTION, /* the blocks that make them rise stay, or new ones always come faster */
	PIECE_OLD_AGE, /* survivors are older than their siblings die */
	PIECE_RATE, /* later births survive as often as earlier ones did */
	PIECE_SPREAD, /* survivors were born all the time */
	PIECE_ROUND_TRIPS,
	PIECE_COUNT
};

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

struct verdict_result {
	enum verdict verdict;
	double confidence; /* 0 to 1 */
	enum verdict_gap gap;
	enum answer pieces[PIECE_COUNT]; /* yes: it speaks for a leak */
	bool by_time; /* of growth: it shows by time, not by allocations */
};

/* p-values of the trends after correction for all sites tested, 1 if they were not. */
struct verdict_p {
	double by_allocations, by_time;
};

/*
 * live_bytes: of the whole run at its end. own_code: the program itself asked for the memory, not the C
 * library on its own behalf, nor who loaded a module of Python.
 */
void verdict_conclude(struct verdict_result *result, const struct tally_site *site,
		      const struct evidence *e, struct verdict_p p, uint64_t live_bytes,
		      bool own_code, enum verdict_gap gap);

/* Which of two verdicts is the graver, of higher number, where sites are taken together: one that is
 * unknown for want of allocations does not hide what others are. */
int verdict_gravity(enum verdict verdict);

/* Whether live bytes rose until the program began to end, if nothing is left at the end. */
bool verdict_grew_to_teardown(const struct evidence *e);

#endif
