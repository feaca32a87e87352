/* SPDX-License-Identifier: MIT */
/*
 * site_threads.h - which threads allocated at each site, and what they left alive.
 *
 * Counted when blocks leave the live set and, of those that stay, at the end: so births, of which a
 * replay has the most to do, cost nothing. Memory is bounded: when there are as many entries as there
 * may be, new ones are left out. So what the threads of a site have together is at most what the site
 * has, and just that if there was room and the model knows the threads.
 */
#ifndef TENURE_SITE_THREADS_H
#define TENURE_SITE_THREADS_H

#include "../model.h"
#include "../util/arena.h"
#include "amounts.h"
#include "livemap.h"
#include "tally.h"

/* Zero-initialise to start, for a replay to count in; end with site_threads_release. */
struct site_threads {
	/* Of entries: one of the dead and one of each generation for a site and a thread. 0: 786,432,
	 * which take 24 MiB, and 36 while they get there. */
	size_t entry_limit;

	/* Own */
	struct amounts entries;
	const struct amount *sorted; /* by site, thread; NULL before site_threads_sort, as is: */
	uint32_t *positions; /* in model.threads, from 1, by id; 0: it is not there */
	uint32_t position_count;
};

/* A block that leaves the live set in any way stands for so many. */
void site_threads_count(struct site_threads *s, const struct live_block *block, uint64_t weight);

/* What is live after the replay. generation_ages: as in model_run. */
void site_threads_count_survivors(struct site_threads *s, const struct tally *tally,
				  const struct livemap *live, const uint64_t *generation_ages);

/* Nothing can be counted any more. The model has its threads. */
void site_threads_sort(struct site_threads *s, const struct model *model);

/* Fills in the threads of a site, in the order of the model's, after site_threads_sort. `site` is an
 * index into the tally's sites. */
void site_threads_fill(const struct site_threads *s, uint32_t site, struct model_site *to,
		       struct arena *arena);

void site_threads_release(struct site_threads *s);

#endif
