/* SPDX-License-Identifier: MIT */
#include "sqlite_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "../stack.h"
#include "../verdicts.h"
#include "../words.h"

void sqlite_put_generations(struct rows *r, uint32_t of, const struct model_generation *from)
{
	for (int g = 0; g < GENERATIONS; g++) {
		if (of)
			rows_put_int(r, of);
		rows_put_text(r, words_generation(g));
		rows_put_uint(r, from[g].births);
		rows_put_uint(r, from[g].deaths);
		rows_put_uint(r, from[g].survivors);
		rows_put_uint(r, from[g].bytes);
		rows_put_double(r, from[g].byte_seconds);
		rows_put_double(r, from[g].promotion);
		rows_finish_row(r);
	}
}

void sqlite_put_survival(struct rows *r, uint32_t of, const struct model_survival *survival)
{
	for (uint32_t i = 0; i < survival->point_count; i++) {
		if (of)
			rows_put_int(r, of);
		rows_put_uint(r, survival->points[i].age);
		rows_put_double(r, survival->points[i].share);
		rows_put_double(r, survival->points[i].low);
		rows_put_double(r, survival->points[i].high);
		rows_finish_row(r);
	}
}

void sqlite_put_survival_columns(struct rows *r, const struct model_survival *survival)
{
	rows_put_uint(r, survival->blocks);
	rows_put_uint(r, survival->deaths);
	if (survival->has_median)
		rows_put_uint(r, survival->median_age);
	else
		rows_put_null(r);
	rows_put_double(r, survival->plateau);
	rows_put_double(r, survival->low);
	rows_put_double(r, survival->high);
	rows_put_int(r, survival->followed_up);
}

void sqlite_put_sample_columns(struct rows *r, const struct model_sample *sample)
{
	bool known = sample->blocks != 0;

	for (int i = 0; i < 2; i++) {
		if (known)
			rows_put_uint(r, i ? sample->live_blocks : sample->blocks);
		else
			rows_put_null(r);
	}
	rows_put_known(r, sample->allocations_error, known);
	rows_put_known(r, sample->allocated_bytes_error, known);
	rows_put_known(r, sample->live_blocks_error, known);
	rows_put_known(r, sample->live_bytes_error, known);
	rows_put_known(r, sample->peak_bytes_error, known);
}

static void put_amount(struct rows *r, const struct model_amount *amount, bool known)
{
	if (known) {
		rows_put_uint(r, amount->blocks);
		rows_put_uint(r, amount->bytes);
	} else {
		rows_put_null(r);
		rows_put_null(r);
	}
}

static void put_estimates(struct rows *r, const struct model_site *site)
{
	const struct model_growth *growth = &site->growth;
	const struct model_reachability *reachability = &site->reachability;

	rows_put_known(r, growth->bytes_per_s, growth->known);
	rows_put_known(r, growth->low, growth->known);
	rows_put_known(r, growth->high, growth->known);
	rows_put_known(r, growth->p, growth->known);
	put_amount(r, &reachability->direct, reachability->known);
	put_amount(r, &reachability->indirect, reachability->known);
	put_amount(r, &reachability->possible, reachability->known);
	put_amount(r, &reachability->reachable, reachability->known);
	sqlite_put_survival_columns(r, &site->survival);
	sqlite_put_sample_columns(r, &site->sample);
}

void sqlite_put_site_columns(struct rows *r, const struct model_site *site)
{
	rows_put_text(r, verdicts_name(site->verdict));
	rows_put_double(r, site->confidence);
	rows_put_name(r, site->why);
	rows_put_name(r, site->api);
	rows_put_name(r, site->type);
	rows_put_uint(r, site->allocations);
	rows_put_uint(r, site->frees);
	rows_put_uint(r, site->allocated_bytes);
	rows_put_uint(r, site->live_blocks);
	rows_put_uint(r, site->live_bytes);
	rows_put_uint(r, site->peak_blocks);
	rows_put_uint(r, site->peak_bytes);
	rows_put_uint(r, site->own_peak_bytes);
	rows_put_uint(r, site->teardown_blocks);
	rows_put_uint(r, site->teardown_bytes);
	rows_put_uint(r, site->temporary);
	rows_put_uint(r, site->failures);
	rows_put_uint(r, site->min_bytes);
	rows_put_uint(r, site->max_bytes);
	rows_put_uint(r, site->resized);
	rows_put_uint(r, site->longest_chain);
	rows_put_uint(r, site->remote_frees);
	rows_put_double(r, site->byte_seconds);
	rows_put_uint(r, site->first_ns);
	rows_put_uint(r, site->last_ns);
	rows_put_uint(r, site->last_release_ns);
	rows_put_uint(r, site->pinned_bytes);
	rows_put_uint(r, site->peak_pinned_bytes);
	rows_put_uint(r, site->exclusive_bytes);
	rows_put_uint(r, site->saved_bytes);
	rows_put_uint(r, site->scattered_pages);
	put_estimates(r, site);
}

/* The tables whose rows are about one site. */
struct site_tables {
	struct rows sites, stacks, generations, evidence, survival, growth;
	struct rows releasers, releaser_stacks;
	struct rows site_runs, site_verdicts;
	uint32_t releaser;
};

static void put_evidence(struct rows *r, const struct model_site *site)
{
	for (uint32_t i = 0; i < site->evidence_count; i++) {
		const struct model_evidence *evidence = &site->evidence[i];

		rows_put_int(r, site->id);
		rows_put_text(r, evidence->name);
		if (evidence->known)
			rows_put_int(r, evidence->leaky);
		else
			rows_put_null(r);
		rows_put_text(r, evidence->sentence);
		rows_finish_row(r);
	}
}

static void put_growth(struct rows *r, const struct model_site *site)
{
	for (uint32_t i = 0; i < site->growth.point_count; i++) {
		rows_put_int(r, site->id);
		rows_put_uint(r, site->growth.points[i].ns);
		rows_put_uint(r, site->growth.points[i].bytes);
		rows_put_uint(r, site->growth.points[i].blocks);
		rows_finish_row(r);
	}
}

static void put_releasers(struct site_tables *t, struct sqlite_stacks *stacks,
			  const struct model_site *site)
{
	for (uint32_t i = 0; i < site->releaser_count; i++) {
		const struct model_releaser *releaser = &site->releasers[i];

		rows_put_int(&t->releasers, ++t->releaser);
		rows_put_int(&t->releasers, site->id);
		rows_put_uint(&t->releasers, releaser->amount.blocks);
		rows_put_uint(&t->releasers, releaser->amount.bytes);
		rows_finish_row(&t->releasers);
		sqlite_put_stack(stacks, &t->releaser_stacks, t->releaser, NULL, &releaser->stack);
	}
}

/* Of a profile. */
static void put_runs(struct site_tables *t, const struct model_site *site)
{
	const struct model_site_runs *runs = site->runs;
	struct rows *r = &t->site_runs;

	if (!runs)
		return;
	rows_put_int(r, site->id);
	rows_put_text(r, runs->program);
	rows_put_uint(r, runs->all);
	rows_put_uint(r, runs->present);
	rows_put_uint(r, runs->first_seen_ns);
	rows_put_uint(r, runs->last_seen_ns);
	rows_put_uint(r, runs->largest_live_bytes);
	rows_finish_row(r);
	for (int verdict = 0; verdict < VERDICTS; verdict++) {
		if (!runs->verdicts[verdict])
			continue;
		rows_put_int(&t->site_verdicts, site->id);
		rows_put_text(&t->site_verdicts, verdicts_name((enum verdict)verdict));
		rows_put_uint(&t->site_verdicts, runs->verdicts[verdict]);
		rows_finish_row(&t->site_verdicts);
	}
}

static void put_site(struct site_tables *t, struct sqlite_stacks *stacks,
		     const struct model_site *site)
{
	const struct model_frame *own = stack_own(&site->stack);
	char fingerprint[17];

	sqlite_put_stack(stacks, &t->stacks, site->id, NULL, &site->stack);
	snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, site->fingerprint);
	rows_put_int(&t->sites, site->id);
	rows_put_text(&t->sites, fingerprint);
	rows_put_reference(&t->sites, own ? sqlite_put_frame(stacks, own) : 0);
	sqlite_put_site_columns(&t->sites, site);
	rows_finish_row(&t->sites);
	sqlite_put_generations(&t->generations, site->id, site->generations);
	put_evidence(&t->evidence, site);
	sqlite_put_survival(&t->survival, site->id, &site->survival);
	put_growth(&t->growth, site);
	put_releasers(t, stacks, site);
	put_runs(t, site);
}

void sqlite_put_sites(struct sqlite_stacks *stacks, const struct model *model)
{
	struct site_tables t = {.releaser = 0};
	const struct {
		struct rows *rows;
		const char *table;
	} all[] = {
		{&t.sites, "sites"},
		{&t.stacks, "stacks"},
		{&t.generations, "generations"},
		{&t.evidence, "evidence"},
		{&t.survival, "survival"},
		{&t.growth, "growth"},
		{&t.releasers, "releasers"},
		{&t.releaser_stacks, "releaser_stacks"},
		{&t.site_runs, "site_runs"},
		{&t.site_verdicts, "site_verdicts"},
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		rows_begin(all[i].rows, stacks->database, all[i].table);
	for (uint32_t i = 0; i < model->site_count; i++)
		put_site(&t, stacks, &model->sites[i]);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		rows_end(all[i].rows);
}
