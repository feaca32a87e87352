/* SPDX-License-Identifier: MIT */
#include "build.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "apis.h"
#include "explain.h"
#include "findings.h"
#include "frames.h"
#include "replay.h"
#include "run.h"

#define SITE(member) offsetof(struct model_site, member)

/* What reports order their tables by, and which sites are in them: the first rows need stacks. */
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

static int compare_sites(const void *a, const void *b)
{
	const struct model_site *x = a;
	const struct model_site *y = b;

	if (x->live_bytes != y->live_bytes)
		return x->live_bytes < y->live_bytes ? 1 : -1;
	if (x->allocated_bytes != y->allocated_bytes)
		return x->allocated_bytes < y->allocated_bytes ? 1 : -1;
	/* Until they are numbered for good, ids are stack ids: any order that is reproducible. */
	return x->id < y->id ? -1 : x->id > y->id;
}

static void fill_site(struct model_site *site, const struct replay_site *from)
{
	*site = (struct model_site){
		.id = from->stack,
		.api = apis_name(from->api),
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
	};
}

static int compare_descending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Marks the first `top` sites of a ranking, and the first ones of those that tie for the last
 * place: reports sort the same way. */
static void choose_top(const struct model *model, const struct ranking *ranking, uint32_t top,
		       bool *chosen)
{
	uint64_t *values = xcalloc(model->site_count, sizeof *values);
	const struct model_site *site = model->sites;
	const struct model_site *end = site + model->site_count;
	uint32_t above = 0, count = 0, ties;
	uint64_t least;

	for (; site < end; site++)
		if (number_at(site, ranking->presence))
			values[count++] = number_at(site, ranking->order);
	qsort(values, count, sizeof *values, compare_descending);
	if (top > count)
		top = count;
	least = top ? values[top - 1] : UINT64_MAX;
	while (above < top && values[above] > least)
		above++;
	ties = top - above;
	free(values);
	for (site = model->sites; site < end; site++) {
		uint64_t value = number_at(site, ranking->order);

		if (!number_at(site, ranking->presence) || value < least)
			continue;
		if (value == least && !ties)
			continue;
		ties -= value == least;
		chosen[site - model->sites] = true;
	}
}

static void choose_sites(const struct model *model, uint32_t top, bool *chosen)
{
	if (!top || top >= model->site_count) {
		memset(chosen, true, model->site_count);
		return;
	}
	for (size_t i = 0; i < sizeof rankings / sizeof *rankings; i++)
		choose_top(model, &rankings[i], top, chosen);
	/* Data formats show the first ones whatever they hold. */
	memset(chosen, true, top);
}

/* Returns the model's site ids by stack id. */
static uint32_t *build_sites(struct build *b, struct frames *frames, const struct replay *replay,
			     const struct build_options *options)
{
	struct model_site *sites = arena_alloc(&b->arena, replay->site_count * sizeof *sites);
	uint32_t *site_of_stack = xcalloc((size_t)replay->stack_count + 1, sizeof *site_of_stack);
	bool *chosen = xcalloc(replay->site_count, sizeof *chosen);

	for (size_t i = 0; i < replay->site_count; i++)
		fill_site(&sites[i], &replay->sites[i]);
	qsort(sites, replay->site_count, sizeof *sites, compare_sites);
	b->model.sites = sites;
	b->model.site_count = (uint32_t)replay->site_count;
	choose_sites(&b->model, options->top, chosen);
	for (uint32_t i = 0; i < b->model.site_count; i++) {
		stack_id stack = sites[i].id;

		site_of_stack[stack] = i + 1;
		sites[i].id = i + 1;
		explain_site(&sites[i], &b->model.run, &b->arena);
		if (!chosen[i])
			continue;
		sites[i].stack = frames_stack(frames, stack, false);
		sites[i].fingerprint = frames_fingerprint(&sites[i].stack);
	}
	free(chosen);
	return site_of_stack;
}

static int compare_findings(const void *a, const void *b)
{
	const struct model_finding *x = a;
	const struct model_finding *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	if (x->occurrences != y->occurrences)
		return x->occurrences < y->occurrences ? 1 : -1;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

static void build_findings(struct build *b, struct frames *frames, const struct findings *findings,
			   const struct reader *reader, const uint32_t *site_of_stack)
{
	struct model_finding *list = arena_alloc(&b->arena, findings->count * sizeof *list);

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *from = &findings->list[i];
		stack_id site = from->rule == FINDING_ALLOCATION_FAILURE ? from->release
									 : from->allocation;

		explain_finding(&list[i], from, &b->arena);
		list[i].site = site ? site_of_stack[site] : 0;
		list[i].first_ns = reader_elapsed_ns(reader, from->first_stamp);
		list[i].allocation = frames_stack(frames, from->allocation, false);
		list[i].release = frames_stack(frames, from->release, from->release_borrowed);
		list[i].first_release = frames_stack(frames, from->first_release,
						     from->first_release_borrowed);
	}
	qsort(list, findings->count, sizeof *list, compare_findings);
	b->model.findings = list;
	b->model.finding_count = (uint32_t)findings->count;
}

static void build_notes(struct build *b, const struct frames *frames)
{
	uint32_t modules = reader_module_count(frames->reader);

	b->notes = arena_alloc(&b->arena, modules * sizeof *b->notes);
	for (module_id id = 1; id <= modules; id++) {
		const char *note = frames_note(frames, id);

		if (*note)
			b->notes[b->note_count++] = arena_printf(
				&b->arena, "%s: %s", reader_module(frames->reader, id)->path, note);
	}
}

void build_model(struct build *b, struct reader *reader, const char *trace_path,
		 const struct build_options *options)
{
	struct frames frames = {.reader = reader, .arena = &b->arena};
	struct findings findings;
	struct replay replay;
	uint32_t *site_of_stack;

	memset(b, 0, sizeof *b);
	findings_init(&findings, reader);
	replay_run(&replay, reader, &findings.observer);
	memcpy(b->events_by_kind, replay.events_by_kind, sizeof b->events_by_kind);
	findings_resolve(&findings, reader, &replay);
	run_describe(&b->model.run, &b->arena, reader, trace_path, &replay, &findings);
	if (!options->run_only) {
		frames.symbols = b->symbols = symbols_new();
		site_of_stack = build_sites(b, &frames, &replay, options);
		build_findings(b, &frames, &findings, reader, site_of_stack);
		free(site_of_stack);
		build_notes(b, &frames);
	}
	frames_release(&frames);
	findings_release(&findings);
	replay_release(&replay);
}

void build_release(struct build *b)
{
	if (b->symbols)
		symbols_free(b->symbols);
	arena_release(&b->arena);
	memset(b, 0, sizeof *b);
}
