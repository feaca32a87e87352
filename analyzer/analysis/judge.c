/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <stdlib.h>

#include "../util/array.h"

/* All tests on all sites count, by allocations and by time. */
static void correct(struct judgement *judgements, size_t count)
{
	double *p = xcalloc(2 * count, sizeof *p);
	size_t tested = 0;

	for (size_t i = 0; i < count; i++) {
		const struct evidence *e = &judgements[i].evidence;

		if (e->by_allocations.tested)
			p[tested++] = e->by_allocations.trend.p;
		if (e->by_time.tested)
			p[tested++] = e->by_time.trend.p;
	}
	trend_benjamini_hochberg(p, tested, p);
	tested = 0;
	for (size_t i = 0; i < count; i++) {
		const struct evidence *e = &judgements[i].evidence;

		judgements[i].p.by_allocations = e->by_allocations.tested ? p[tested++] : 1;
		judgements[i].p.by_time = e->by_time.tested ? p[tested++] : 1;
	}
	free(p);
}

struct judgement *judge_sites(const struct tally *tally, const struct tally_site *sites,
			      size_t count, const bool *runtime, bool merged, enum verdict_gap gap)
{
	struct judgement *judgements = xcalloc(count, sizeof *judgements);

	for (size_t i = 0; i < count; i++) {
		evidence_collect(&judgements[i].evidence, tally, &sites[i]);
		judgements[i].evidence.merged = merged;
	}
	correct(judgements, count);
	for (size_t i = 0; i < count; i++)
		verdict_conclude(&judgements[i].result, &sites[i], &judgements[i].evidence,
				 judgements[i].p, tally->live_bytes, !runtime[i], gap);
	return judgements;
}
