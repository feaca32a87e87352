/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <stdlib.h>

#include "../util/array.h"

/* The p-values of all tests that were made. */
struct tested {
	double **list;
	size_t count, capacity;
};

static void correct(struct tested *tested)
{
	double *p = xcalloc(tested->count, sizeof *p);

	for (size_t i = 0; i < tested->count; i++)
		p[i] = *tested->list[i];
	trend_benjamini_hochberg(p, tested->count, p);
	for (size_t i = 0; i < tested->count; i++)
		*tested->list[i] = p[i];
	free(p);
}

static void test_rise(const struct evidence_rise *rise, double *p, struct tested *tested)
{
	*p = 1;
	if (!rise->tested)
		return;
	*p = rise->trend.p;
	ARRAY_GROW(tested->list, tested->count + 1, tested->capacity);
	tested->list[tested->count++] = p;
}

/* All tests on all sites count, by allocations and by time. */
void judge_init(struct judge *j, const struct tally *tally, const struct tally_site *sites,
		size_t count, const uint8_t *traits, enum verdict_gap gap)
{
	struct tested tested = {0};

	*j = (struct judge){tally, sites, traits, gap, xcalloc(count, sizeof *j->p)};
	for (size_t i = 0; i < count; i++) {
		struct evidence evidence = {0};

		/* Fewer births cannot make the new maxima that a test needs. */
		if (sites[i].live_blocks && sites[i].allocations >= EVIDENCE_RECORDS_MIN_DOMINANT)
			evidence_collect(&evidence, tally, &sites[i]);
		test_rise(&evidence.by_allocations, &j->p[i].by_allocations, &tested);
		test_rise(&evidence.by_time, &j->p[i].by_time, &tested);
	}
	correct(&tested);
	free(tested.list);
}

/* Of a site that hides pointers nothing can be said. */
static void add_reachability(struct evidence *e, const struct model_reachability *reachability)
{
	if (!reachability || !reachability->known)
		return;
	e->hidden_blocks = reachability->hidden.blocks;
	e->reachability_known = !e->hidden_blocks;
	e->lost_blocks = reachability->direct.blocks + reachability->indirect.blocks;
	e->lost_bytes = reachability->direct.bytes + reachability->indirect.bytes;
	e->garbage_blocks = reachability->garbage.blocks;
	e->looked_at_blocks = e->lost_blocks + e->garbage_blocks + reachability->possible.blocks +
			      reachability->reachable.blocks;
}

void judge_site(const struct judge *j, size_t site, const struct model_reachability *reachability,
		struct judgement *judgement)
{
	const struct tally_site *from = &j->sites[site];

	*judgement = (struct judgement){.p = j->p[site]};
	evidence_collect(&judgement->evidence, j->tally, from);
	judgement->evidence.mixed = j->traits[site] & JUDGE_MIXED;
	judgement->evidence.imported = j->traits[site] & JUDGE_IMPORTED;
	add_reachability(&judgement->evidence, reachability);
	verdict_conclude(&judgement->result, from, &judgement->evidence, judgement->p,
			 j->tally->live_bytes,
			 !(j->traits[site] & (JUDGE_RUNTIME | JUDGE_IMPORTED)), j->gap);
}

void judge_release(struct judge *j)
{
	free(j->p);
}
