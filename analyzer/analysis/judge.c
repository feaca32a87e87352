/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <stdlib.h>

#include "../util/array.h"

static void correct(struct judgement *judgements, size_t count)
{
	double *p = xcalloc(count, sizeof *p);
	size_t tested = 0;

	for (size_t i = 0; i < count; i++)
		if (judgements[i].evidence.tested)
			p[tested++] = judgements[i].evidence.trend.p;
	trend_benjamini_hochberg(p, tested, p);
	tested = 0;
	for (size_t i = 0; i < count; i++)
		judgements[i].p = judgements[i].evidence.tested ? p[tested++] : 1;
	free(p);
}

struct judgement *judge_sites(const struct tally *tally, const struct tally_site *sites,
			      size_t count, const bool *runtime, enum verdict_gap gap)
{
	struct judgement *judgements = xcalloc(count, sizeof *judgements);

	for (size_t i = 0; i < count; i++)
		evidence_collect(&judgements[i].evidence, tally, &sites[i]);
	correct(judgements, count);
	for (size_t i = 0; i < count; i++)
		verdict_conclude(&judgements[i].result, &sites[i], &judgements[i].evidence,
				 judgements[i].p, tally->live_bytes, !runtime[i], gap);
	return judgements;
}
