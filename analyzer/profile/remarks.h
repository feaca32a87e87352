/* SPDX-License-Identifier: MIT */
/*
 * remarks.h - what a profile says in sentences: of how many runs something is true, and what was lost
 * on the way.
 */
#ifndef TENURE_REMARKS_H
#define TENURE_REMARKS_H

#include "../util/arena.h"
#include "profile.h"

/* Fills in run->limits. totals: of all programs, by the rules of profile.h. */
void remarks_limits(struct model_run *run, const uint64_t *totals, uint64_t skipped,
		    struct arena *arena);

/* "leaks in 3 of 300 runs of server, cache-like in 290, ..." Of a site whose verdict and runs are filled in. */
const char *remarks_why(const struct model_site *site, struct arena *arena);

/* "12 in 3 of 300 runs of server; ..." */
const char *remarks_finding(const char *program, uint64_t occurrences, uint64_t runs, uint64_t all,
			    struct arena *arena);

#endif
