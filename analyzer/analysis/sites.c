/* SPDX-License-Identifier: MIT */
#include "sites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "apis.h"
#include "curve.h"
#include "generations.h"
#include "reasons.h"
#include "runtime.h"

#define SITE(member) offsetof(struct model_site, member)

/* What reports order their tables by, and which sites are in them: the first rows need stacks. So
 * do the first sites of each verdict, and what the caller asks for. */
static const struct ranking {
	size_t order, presence; /* offsets of numbers in struct model_site */
} rankings[] = {
	{SITE(live_bytes), SITE(live_blocks)},	    {SITE(peak_bytes), SITE(peak_blocks)},
	{SITE(allocated_bytes), SITE(allocations)}, {SITE(allocations), SITE(allocations)},
	{SITE(temporary), SITE(temporary)},	    {SITE(failures), SITE(failures)},
};

static uint64_t number_at(const struct model_site *site, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)site + offset, sizeof value);
	return value;
}

/* Sums that blocks were added to and taken from may end a little below 0. */
static double error_of(double variance)
{
	return variance > 0 ? sqrt(variance) : 0;
}

struct model_sample sites_sample(const struct tally_sample *from)
{
	if (!from)
		return (struct model_sample){0};
	return (struct model_sample){
		.blocks = from->blocks,
		.live_blocks = from->live_blocks,
		.allocations_error = error_of(from->blocks_variance),
		.allocated_bytes_error = error_of(from->bytes_variance),
		.live_blocks_error = from->live_blocks ? error_of(from->live_blocks_variance) : 0,
		.live_bytes_error = from->live_blocks ? error_of(from->live_bytes_variance) : 0,
		.peak_bytes_error = error_of(from->peak_bytes_variance),
	};
}

void sites_fill(const struct sites *s, struct model_site *site, const struct tally_site *from)
{
	*site = (struct model_site){
		.api = apis_name(from->api),
		.stacks = 1,
		.why = "",
		.type = "",
		.allocations = from->allocations,
		.frees = from->frees,
		.allocated_bytes = from->allocated_bytes,
		.live_blocks = from->live_blocks,
		.live_bytes = from->live_bytes,
		.peak_blocks = from->peak_blocks,
		.peak_bytes = from->peak_bytes,
		.own_peak_bytes = from->own_peak_bytes,
		.temporary = from->temporary,
		.failures = from->failures,
		.min_bytes = from->min_bytes,
		.max_bytes = from->max_bytes,
		.resized = from->resized,
		.longest_chain = from->longest_chain,
		.remote_frees = from->remote_frees,
		.sample = sites_sample(tally_sample_of(from)),
	};
	if (from->allocations) {
		site->first_ns = reader_elapsed_ns(s->reader, from->first_birth_stamp);
		site->last_ns = reader_elapsed_ns(s->reader, from->last_birth_stamp);
	}
	if (from->frees)
		site->last_release_ns = reader_elapsed_ns(s->reader, from->last_release_stamp);
	generations_count(s->run->generation_ages, &from->dead, &from->alive, site->generations);
	for (int g = 0; g < GENERATIONS; g++)
		site->byte_seconds += site->generations[g].byte_seconds;
}

static void fill_growth(struct model_growth *to, const struct judgement *judgement)
{
	*to = (struct model_growth){
		.known = judgement->evidence.by_allocations.tested,
		.bytes_per_s = judgement->evidence.slope.slope,
		.low = judgement->evidence.slope.low,
		.high = judgement->evidence.slope.high,
		.p = judgement->p.by_allocations,
	};
}

static void fill_moments(const struct sites *s, struct model_growth *to,
			 const struct tally_site *from)
{
	const struct slices *slices = &s->tally->slices;
	struct series_point states[SLICES];
	uint32_t first = from->first_slice;
	struct model_moment *points;
	uint32_t count = series_expand(&from->series, slices, first, states);

	points = arena_alloc(s->arena, count * sizeof *points);
	for (uint32_t i = 0; i < count; i++)
		points[i] = (struct model_moment){
			.ns = reader_elapsed_ns(s->reader, slices->marks[first + i].stamp),
			.bytes = states[i].bytes,
			.blocks = states[i].blocks,
		};
	to->points = points;
	to->point_count = count;
}

void sites_detail(const struct sites *s, struct model_site *site, const struct judgement *judgement,
		  const struct tally_site *from)
{
	reasons_list(site, judgement, s->run, s->arena);
	curve_fill(&site->survival, site->generations, s->run->generation_ages, &from->dead,
		   &from->alive, tally_recorded_share(tally_sample_of(from), from->allocations),
		   s->arena);
	fill_growth(&site->growth, judgement);
	fill_moments(s, &site->growth, from);
}

/* A site in a ranking. */
struct candidate {
	uint64_t key;
	uint32_t site; /* index into the model's sites */
};

/* Equal sites keep the order of the model, as they do in reports. */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;

	if (x->key != y->key)
		return x->key < y->key ? 1 : -1;
	return x->site < y->site ? -1 : x->site > y->site;
}

static void choose_first(struct candidate *candidates, uint32_t count, uint32_t top, bool *chosen)
{
	qsort(candidates, count, sizeof *candidates, compare_candidates);
	for (uint32_t i = 0; i < count && i < top; i++)
		chosen[candidates[i].site] = true;
}

static void choose_of_verdict(const struct model_site *sites, uint32_t count, uint32_t verdict,
			      uint32_t top, bool *chosen)
{
	for (uint32_t i = 0; i < count && top; i++) {
		if (sites[i].verdict == verdict) {
			chosen[i] = true;
			top--;
		}
	}
}

void sites_choose(const struct model_site *sites, uint32_t count, const struct sites_choice *choice,
		  bool *chosen)
{
	uint32_t top = choice->top;
	struct candidate *candidates;

	if (!top || top >= count) {
		memset(chosen, true, count);
		return;
	}
	candidates = xcalloc(count, sizeof *candidates);
	for (size_t r = 0; r < sizeof rankings / sizeof *rankings; r++) {
		uint32_t present = 0;

		for (uint32_t i = 0; i < count; i++)
			if (number_at(&sites[i], rankings[r].presence))
				candidates[present++] = (struct candidate){
					number_at(&sites[i], rankings[r].order), i};
		choose_first(candidates, present, top, chosen);
	}
	if (choice->key) {
		for (uint32_t i = 0; i < count; i++)
			candidates[i] = (struct candidate){choice->key(&sites[i]), i};
		choose_first(candidates, count, top, chosen);
	}
	free(candidates);
	for (uint32_t verdict = 0; verdict < VERDICTS; verdict++)
		choose_of_verdict(sites, count, verdict, top, chosen);
	if (choice->id && choice->id <= count)
		chosen[choice->id - 1] = true;
	/* Data formats show the first ones whatever they hold. */
	memset(chosen, true, top);
}

/* What Python has, its interpreter releases in its end, if at all. */
static bool is_of_runtime(const struct sites *s, const struct tally_site *site)
{
	if (apis_is_python(site->api) || runtime_keeps(s->frames, site->stack))
		return true;
	return reader_python(s->frames->reader) &&
	       (runtime_sets_up(s->frames, site->stack) ||
		(apis_is_of_interpreter(site->api) && runtime_loads(s->frames, site->stack)));
}

static uint8_t *find_traits(const struct sites *s)
{
	const struct tally *tally = s->tally;
	uint8_t *traits = xcalloc(tally->site_count, sizeof *traits);
	bool python = reader_python(s->frames->reader);

	for (size_t i = 0; i < tally->site_count; i++) {
		const struct tally_site *site = &tally->sites[i];

		if (site->live_blocks && site->frees == site->resized && is_of_runtime(s, site))
			traits[i] |= JUDGE_RUNTIME;
		if (site->live_blocks && apis_is_python(site->api) &&
		    runtime_loads(s->frames, site->stack))
			traits[i] |= JUDGE_MIXED;
		if (site->live_blocks && python && runtime_imports(s->frames, site->stack))
			traits[i] |= JUDGE_IMPORTED;
	}
	return traits;
}

static void fill_heap(struct model_site *site, const struct heap *heap, size_t index)
{
	const struct fragmentation_site *end = &heap->end.sites[index];

	site->pinned_bytes = end->pinned_bytes;
	site->exclusive_bytes = end->exclusive_pages * PAGES_BYTES;
	site->saved_bytes = end->exclusive_pinned_bytes / PAGES_BYTES * PAGES_BYTES;
	site->scattered_pages = end->scattered_pages;
	site->peak_pinned_bytes = heap->peak.sites[index].pinned_bytes;
}

static int compare_ranks(const void *a, const void *b)
{
	const struct sites_rank *x = a;
	const struct sites_rank *y = b;

	if (x->live_bytes != y->live_bytes)
		return x->live_bytes < y->live_bytes ? 1 : -1;
	if (x->allocated_bytes != y->allocated_bytes)
		return x->allocated_bytes < y->allocated_bytes ? 1 : -1;
	if (x->stack != y->stack)
		return x->stack < y->stack ? -1 : 1;
	return x->site < y->site ? -1 : x->site > y->site;
}

struct sites_rank *sites_sort(const struct tally_site *sites, size_t count)
{
	struct sites_rank *ranks = xcalloc(count, sizeof *ranks);

	for (size_t i = 0; i < count; i++)
		ranks[i] = (struct sites_rank){sites[i].live_bytes, sites[i].allocated_bytes,
					       sites[i].stack, (uint32_t)i};
	qsort(ranks, count, sizeof *ranks, compare_ranks);
	return ranks;
}

static const struct model_reachability *reachability_of(const struct sites *s, size_t index)
{
	return s->reachability && s->reachability->known ? &s->reachability->sites[index] : NULL;
}

static void build_site(const struct sites *s, struct model_site *site, size_t index,
		       const struct judge *judge)
{
	struct judgement judgement;

	sites_fill(s, site, &s->tally->sites[index]);
	if (s->ages)
		site->ages = curve_ages(&s->tally->sites[index].dead, &s->tally->sites[index].alive,
					s->arena);
	if (s->heap)
		fill_heap(site, s->heap, index);
	if (s->threads)
		site_threads_fill(s->threads, (uint32_t)index, site, s->arena);
	if (reachability_of(s, index)) {
		site->reachability = *reachability_of(s, index);
		site->type = types_of_site(&s->reachability->types, (uint32_t)index, s->frames);
	}
	judge_site(judge, index, reachability_of(s, index), &judgement);
	reasons_give(site, &judgement);
	fill_growth(&site->growth, &judgement);
}

static void name_site(const struct sites *s, struct model_site *site, stack_id stack)
{
	site->stack = frames_stack(s->frames, stack, false);
	site->fingerprint = frames_fingerprint(&site->stack, s->run->program);
	site->nameless = frames_lack_names(&site->stack);
}

static void show_site(const struct sites *s, struct model_site *site, size_t index,
		      const struct judge *judge)
{
	const struct tally_site *from = &s->tally->sites[index];
	struct judgement judgement;

	judge_site(judge, index, reachability_of(s, index), &judgement);
	name_site(s, site, from->stack);
	epochs_fill(s->epochs, (uint32_t)index, site, s->arena);
	sites_detail(s, site, &judgement, from);
	if (s->held.sorted)
		holders_fill(&s->held, (uint32_t)index, site, s->frames);
	if (s->releasers)
		releasers_fill(s->releasers, (uint32_t)index, site, s->frames);
}

void sites_build(struct sites *s, struct model *model, const struct sites_choice *choice)
{
	const struct tally *tally = s->tally;
	size_t count = tally->site_count;
	struct model_site *sites = arena_alloc(s->arena, count * sizeof *sites);
	bool *chosen = xcalloc(count, sizeof *chosen);
	struct sites_rank *ranks = sites_sort(tally->sites, count);
	struct judge judge;

	s->list = sites;
	s->traits = find_traits(s);
	judge_init(&judge, tally, tally->sites, count, s->traits, s->gap);
	s->ids = xcalloc((size_t)tally->stack_count + 1, sizeof *s->ids);
	model->sites = sites;
	model->site_count = (uint32_t)count;
	for (uint32_t i = 0; i < count; i++) {
		build_site(s, &sites[i], ranks[i].site, &judge);
		sites[i].id = s->ids[ranks[i].stack] = i + 1;
	}
	sites_choose(sites, (uint32_t)count, choice, chosen);
	if (s->reachability && s->reachability->known)
		holders_find(&s->held, s->reachability, tally, s->ids);
	for (uint32_t i = 0; i < count; i++) {
		if (chosen[i])
			show_site(s, &sites[i], ranks[i].site, &judge);
		else if (choice->all_stacks)
			name_site(s, &sites[i], tally->sites[ranks[i].site].stack);
	}
	free(ranks);
	free(chosen);
	judge_release(&judge);
}

void sites_release(struct sites *s)
{
	holders_release(&s->held);
	free(s->ids);
	free(s->traits);
}
