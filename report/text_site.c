/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "chart.h"
#include "visible.h"
#include "verdicts.h"
#include "words.h"
#include "wrap.h"

/* "12.9 MiB ± 7 %", without an error where everything was recorded. */
static struct human estimate(const struct text *t, uint64_t bytes, double error)
{
	struct human result;

	snprintf(result.text, sizeof result.text, "%.40s%.20s", text_bytes(t, bytes).text,
		 words_error(error, bytes).text);
	return result;
}

static void put_title(const struct text *t, const struct model_site *site)
{
	fprintf(t->file, "\n  %s#%" PRIu32 "%s  %s in %s block%s of %s, %s%s%s", t->look.bold,
		site->id, t->look.plain,
		estimate(t, site->live_bytes, site->sample.live_bytes_error).text,
		human_count(site->live_blocks).text, human_plural(site->live_blocks),
		human_count(site->allocations).text, text_verdict_color(t, site),
		verdicts_phrase(site->verdict), t->look.plain);
	if (site->verdict != VERDICT_UNKNOWN)
		fprintf(t->file, " (confidence %.0f %%)", 100 * site->confidence);
	fprintf(t->file, ", %s", site->api);
	if (*site->type) {
		fputs(", ", t->file);
		visible_put(t->file, site->type);
	}
	fputs("\n      ", t->file);
	wrap_put(t->file, site->why, 6, "      ", LOOK_COLUMNS, 0);
}

static void put_growth(const struct text *t, const struct model_site *site)
{
	const struct model_growth *growth = &site->growth;
	uint64_t run_ns = t->model->run.duration_ns;
	bool exact = t->options->exact_bytes;
	struct spark spark;

	if (growth->point_count > 2) {
		spark_init(&spark, 0, run_ns);
		for (uint32_t i = 0; i < growth->point_count; i++)
			spark_add(&spark, growth->points[i].ns, growth->points[i].bytes);
		fputs("      live ", t->file);
		spark_put(&spark, t->file, t->options->unicode);
		fprintf(t->file, "  at most %s\n", text_bytes(t, spark.most).text);
	}
	if (growth->known && run_ns >= HUMAN_RATE_RUN_NS)
		fprintf(t->file, "      live bytes change by %s (95 %%: %s to %s)\n",
			human_rate(growth->bytes_per_s, run_ns, exact).text,
			human_rate(growth->low, run_ns, exact).text,
			human_rate(growth->high, run_ns, exact).text);
}

static void put_evidence(const struct text *t, const struct model_site *site)
{
	if (site->evidence_count)
		fputs("      Does it leak?\n", t->file);
	for (uint32_t i = 0; i < site->evidence_count; i++) {
		const struct model_evidence *evidence = &site->evidence[i];
		const char *says = !evidence->known ? "unknown" : evidence->leaky ? "yes" : "no";

		fprintf(t->file, "      %s%-7s%s  %-12s  ",
			evidence->known && evidence->leaky ? t->look.red : "", says,
			evidence->known && evidence->leaky ? t->look.plain : "", evidence->name);
		wrap_put(t->file, evidence->sentence, 29, "                             ",
			 LOOK_COLUMNS, 0);
	}
}

static void put_reuse(const struct text *t, const struct model_site *site)
{
	char *sentence = NULL;
	size_t bytes;
	FILE *file = open_memstream(&sentence, &bytes);

	if (!file)
		return;
	if (advice_put_reuse(file, site)) {
		fflush(file);
		fputs("      But ", t->file);
		wrap_put(t->file, sentence, 10, "      ", LOOK_COLUMNS, 0);
	}
	fclose(file);
	free(sentence);
}

void text_put_suspects(const struct text *t)
{
	const struct model *model = t->model;
	uint32_t rows = 0, left = 0;

	for (uint32_t i = 0; i < model->site_count; i++) {
		const struct model_site *site = &model->sites[i];

		if (!verdicts_are_leaky(site->verdict))
			continue;
		if (t->options->top && rows == t->options->top) {
			left++;
			continue;
		}
		if (!rows++)
			text_put_heading(t, "What leaks or grows");
		put_title(t, site);
		put_growth(t, site);
		put_evidence(t, site);
		text_put_holders(t, site);
		put_reuse(t, site);
		fputs("      Allocated at\n", t->file);
		stack_put(t->file, &site->stack, &t->look.stack);
		t->shown[i] = true;
	}
	if (left)
		fprintf(t->file, "\n  %s%s more leak or grow; --sites=N shows N, 0 all.%s\n",
			t->look.dim, human_count(left).text, t->look.plain);
	if (rows)
		text_put_reminder(t);
}

void text_put_line(const struct text *t, const char *name, const char *first, const char *second)
{
	fprintf(t->file, "      %-22s%16s  %s\n", name, first, second);
}

static void put_numbers(const struct text *t, const struct model_site *site)
{
	char sizes[160];

	fputs("\n", t->file);
	text_put_line(t, "allocations", human_count(site->allocations).text,
		      estimate(t, site->allocated_bytes, site->sample.allocated_bytes_error).text);
	text_put_line(t, "releases", human_count(site->frees).text,
		      human_share(site->frees, site->allocations).text);
	text_put_line(t, "still live", human_count(site->live_blocks).text,
		      estimate(t, site->live_bytes, site->sample.live_bytes_error).text);
	text_put_line(t, "at the run's peak", human_count(site->peak_blocks).text,
		      estimate(t, site->peak_bytes, site->sample.peak_bytes_error).text);
	text_put_line(t, "at most", "", text_bytes(t, site->own_peak_bytes).text);
	text_put_line(t, "temporary", human_count(site->temporary).text,
		      human_share(site->temporary, site->allocations).text);
	text_put_line(t, "reallocated in place", human_count(site->resized).text, "");
	text_put_line(t, "longest chain of these", human_count(site->longest_chain).text, "");
	text_put_line(t, "freed by other threads", human_count(site->remote_frees).text, "");
	if (site->failures)
		text_put_line(t, "failed", human_count(site->failures).text, "");
	if (site->allocations) {
		snprintf(sizes, sizeof sizes, "%s to %s", text_bytes(t, site->min_bytes).text,
			 text_bytes(t, site->max_bytes).text);
		fprintf(t->file, "      %-22s%s\n", "sizes", sizes);
		fprintf(t->file, "      %-22s%s to %s after the start\n", "allocated",
			human_duration(site->first_ns).text, human_duration(site->last_ns).text);
	}
	if (site->runs && site->runs->first_seen_ns) {
		fprintf(t->file, "      %-22s%s", "in runs from",
			human_time(site->runs->first_seen_ns).text);
		fprintf(t->file, " to %s\n", human_time(site->runs->last_seen_ns).text);
	}
	if (site->last_release_ns)
		fprintf(t->file, "      %-22s%s after the start\n", "last released",
			human_duration(site->last_release_ns).text);
	if (site->pinned_bytes || site->exclusive_bytes)
		fprintf(t->file,
			"      %-22s%s; pages of its own: %s, of which %s could be saved if its blocks "
			"lay together\n",
			"pins free bytes", text_bytes(t, site->pinned_bytes).text,
			text_bytes(t, site->exclusive_bytes).text,
			text_bytes(t, site->saved_bytes).text);
}

static void put_generations(const struct text *t, const struct model_site *site)
{
	const struct model_run *run = &t->model->run;

	fprintf(t->file, "\n      %s%-8s%12s%12s%12s%14s%10s  from an age of%s\n", t->look.dim, "",
		"reached", "died", "live", "bytes", "goes on", t->look.plain);
	for (int g = 0; g < GENERATIONS; g++) {
		const struct model_generation *row = &site->generations[g];

		fprintf(t->file, "      %-8s%12s%12s%12s%14s%10s  %s\n", words_generation(g),
			human_count(row->births).text, human_count(row->deaths).text,
			human_count(row->survivors).text, text_bytes(t, row->bytes).text,
			g + 1 < GENERATIONS
				? human_share((uint64_t)(row->promotion * 1e6 + 0.5), 1000000).text
				: "",
			g ? words_age(run, run->generation_ages[g - 1]).text : "0");
	}
}

static void put_survival(const struct text *t, const struct model_site *site)
{
	const struct model_survival *survival = &site->survival;
	const struct model_run *run = &t->model->run;

	if (!survival->blocks)
		return;
	fprintf(t->file, "\n      Of %s block%s, %s seen to die",
		human_count(survival->blocks).text, human_plural(survival->blocks),
		human_count(survival->deaths).text);
	if (survival->has_median)
		fprintf(t->file, ", half within %s", words_age(run, survival->median_age).text);
	fprintf(t->file, "\n      Never die: %s (95 %%: ",
		human_share((uint64_t)(survival->plateau * 1e6 + 0.5), 1000000).text);
	fprintf(t->file, "%s to ",
		human_share((uint64_t)(survival->low * 1e6 + 0.5), 1000000).text);
	fprintf(t->file, "%s)%s\n",
		human_share((uint64_t)(survival->high * 1e6 + 0.5), 1000000).text,
		survival->followed_up ? "" : ", the run was too short to tell");
	chart_survival(t->file, "     ", run, survival, t->options->unicode);
}

/* Between which marks what is still live was allocated. */
static void put_epochs(const struct text *t, const struct model_site *site)
{
	if (site->epoch_count)
		fprintf(t->file, "\n      %s%12s  %14s  mark%s\n", t->look.dim, "still live",
			"bytes", t->look.plain);
	for (uint32_t i = 0; i < site->epoch_count; i++) {
		const struct model_site_epoch *row = &site->epochs[i];

		fprintf(t->file, "      %12s  %14s  ", human_count(row->blocks).text,
			text_bytes(t, row->bytes).text);
		visible_put(t->file, t->model->epochs[row->epoch].name);
		putc('\n', t->file);
	}
}

void text_put_site(const struct text *t)
{
	uint32_t id = t->options->site;
	const struct model_site *site;

	if (id > t->model->site_count)
		return;
	site = &t->model->sites[id - 1];
	put_title(t, site);
	putc('\n', t->file);
	put_growth(t, site);
	put_evidence(t, site);
	put_numbers(t, site);
	text_put_reachability(t, &site->reachability);
	text_put_holders(t, site);
	put_generations(t, site);
	put_survival(t, site);
	put_epochs(t, site);
	fputs("\n      Allocated at\n", t->file);
	stack_put(t->file, &site->stack, &t->look.stack);
	text_put_reminder(t);
}
