/* SPDX-License-Identifier: MIT */
/*
 * generations.h - young, middle and old blocks, as a generational collector sorts objects.
 *
 * A block belongs to a generation by the age at which it died, or has at the end. Boundaries are
 * ages on one clock; in heap turnovers they fit a program of any size: one turnover is the
 * time-average of live bytes, which by Little's law (1961) is the mean lifetime of a byte on the
 * allocation clock. Boundaries are moved to the next edge of the histogram of ages, at most 12 %
 * away, so that one pass over a trace serves any choice.
 */
#ifndef TENURE_GENERATIONS_H
#define TENURE_GENERATIONS_H

#include <stdbool.h>

#include "../model.h"
#include "tally.h"

/* Where generations begin, as asked for. */
struct generations_rule {
	enum age_clock clock;
	bool in_turnovers; /* of the allocation clock; else in units of the clock */
	double begin[GENERATIONS - 1];
	double least; /* of the first, in units of the clock, if in turnovers */
};

/* Young below 1/8 turnover, at least 64 KiB; old from 3 turnovers on. */
extern const struct generations_rule generations_default;

/*
 * Reads "A,B": two ascending numbers with one unit: bytes (none, B, K, M, G, KiB, ...), turnovers (x),
 * allocations (n) or time (ns, us, ms, s, m, h). A first number without a unit takes that of the
 * second. Returns false if the text is no such thing.
 */
bool generations_parse(const char *text, struct generations_rule *rule);

/* Time-average of live bytes over the allocation clock; 0 if nothing was allocated. */
uint64_t generations_turnover(const struct tally *tally);

/* The ages at which middle and old begin. */
void generations_resolve(const struct generations_rule *rule, uint64_t turnover_bytes,
			 uint64_t ages[GENERATIONS - 1]);

/* Which one an age belongs to; the same for all ages of a bucket, as they begin where buckets do. */
int generations_of(const uint64_t ages[GENERATIONS - 1], uint64_t age);

/* Sorts the dead and the survivors; promotion is left 0. */
void generations_count(const uint64_t ages[GENERATIONS - 1], const struct ages *dead,
		       const struct ages *alive, struct model_generation result[GENERATIONS]);

#endif
