/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>

#include "chart.h"
#include "words.h"
#include "wrap.h"

__attribute__((format(printf, 4, 5))) static void
put_number(const struct text *t, const char *name, struct human number, const char *remark, ...)
{
	va_list args;

	fprintf(t->file, "  %-18s%14s  ", name, number.text);
	va_start(args, remark);
	vfprintf(t->file, remark, args);
	va_end(args);
	putc('\n', t->file);
}

static const char *blocks(uint64_t count)
{
	return count == 1 ? "block" : "blocks";
}

/* As the first words of a remark: "± 7 %, ". */
static struct human error_before(double error, uint64_t estimate)
{
	struct human with_space = words_error(error, estimate), result = {""};

	if (*with_space.text)
		snprintf(result.text, sizeof result.text, "%.40s, ", with_space.text + 1);
	return result;
}

/* A share that is an estimate, in the form of human_share. */
static struct human share(double value)
{
	return human_share((uint64_t)(value * 1e6 + 0.5), 1000000);
}

/* What is live at the end, by age and by verdict. */
static void put_parts_of_live(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	if (!run->live_bytes)
		return;
	fprintf(t->file, "    %-12s", "by verdict");
	words_put_shares(t->file, t->model);
	fprintf(t->file, "\n    %-12s", "by age");
	for (int g = 0; g < GENERATIONS; g++)
		fprintf(t->file, "%s%s %s", g ? ", " : "", words_generation(g),
			text_bytes(t, run->generations[g].bytes).text);
	fprintf(t->file, "\n    %-12s%smiddle from %s, ", "", t->look.dim,
		words_age_number(run, run->generation_ages[0]).text);
	fprintf(t->file, "old from %s, in %s%s\n",
		words_age_number(run, run->generation_ages[1]).text, words_age_unit(run),
		t->look.plain);
}

static void put_survival(const struct text *t)
{
	const struct model_run *run = &t->model->run;
	const struct model_survival *survival = &run->survival;

	if (!survival->blocks)
		return;
	fprintf(t->file, "  %-14s", "lifetimes");
	if (survival->has_median && survival->median_age)
		fprintf(t->file, "half die within %s, ", words_age(run, survival->median_age).text);
	else if (survival->has_median)
		fputs("half die at once, ", t->file);
	if (survival->plateau > 0)
		fprintf(t->file, "%s never die%s\n", share(survival->plateau).text,
			survival->followed_up ? "" : " in so short a run");
	else
		fputs("none lives for ever\n", t->file);
}

/* A sample from before most of the live memory was touched says nothing about the end. */
static bool is_taken_apart(const struct model *model)
{
	const struct model_memory_parts *parts = &model->fragmentation.end;

	return model->fragmentation.known && parts->known &&
	       parts->untouched <= model->run.live_bytes / 2;
}

static void put_fragmentation(const struct text *t)
{
	const struct model_fragmentation *f = &t->model->fragmentation;
	const struct model_memory_parts *parts = &f->end;

	if (!is_taken_apart(t->model)) {
		if (f->known && f->pages_end.occupied)
			put_number(t, "pinned at the end", text_bytes(t, f->pages_end.pinned_bytes),
				   "free, on pages with live blocks");
		if (t->model->run.peak_resident_bytes)
			put_number(t, "largest resident",
				   text_bytes(t, t->model->run.peak_resident_bytes), "as sampled");
		return;
	}
	put_number(t, "resident at end", text_bytes(t, parts->resident), "%s live, %s pinned,",
		   text_bytes(t, parts->live).text, text_bytes(t, parts->pinned).text);
	fprintf(t->file, "%36s%s retained, %s overhead, %s other\n", "",
		text_bytes(t, parts->retained).text,
		f->glibc ? text_bytes(t, parts->rounding + parts->headers).text : "unknown",
		text_bytes(t, parts->other).text);
}

/* Sites whose blocks keep much free memory from being used are named beside it. */
static void put_pinning(const struct text *t)
{
	const struct model_fragmentation *f = &t->model->fragmentation;
	const struct model_site *worst = words_pinning(t->model);

	if (!worst)
		return;
	fprintf(t->file, "  %-18s%14s  of the heap's pages, most of it by #%" PRIu32 ": %s,\n",
		"pinned is",
		human_share(f->pages_end.pinned_bytes, f->pages_end.occupied * 4096).text,
		worst->id, text_bytes(t, worst->pinned_bytes).text);
	fprintf(t->file, "%36s%s could be saved if its blocks lay together\n", "",
		text_bytes(t, worst->saved_bytes).text);
}

/* Of Python's allocator. */
static void put_arenas(const struct text *t)
{
	const struct model_arenas *arenas = &t->model->fragmentation.arenas;
	const struct model_arena_holder *keeper = words_arena_keeper(arenas);

	if (!arenas->count)
		return;
	put_number(t, "Python's arenas", text_bytes(t, arenas->bytes), "%s live%s",
		   text_bytes(t, arenas->live).text, arenas->sparse > 1 ? "," : "");
	/* A single one may be new. */
	if (arenas->sparse < 2)
		return;
	fprintf(t->file, "%36s%s of %s less than a tenth full", "",
		human_count(arenas->sparse).text, human_count(arenas->count).text);
	if (keeper)
		fprintf(t->file, ", %s kept by #%" PRIu32 " alone",
			human_count(keeper->exclusive_arenas).text, keeper->site);
	else if (arenas->holder_count && arenas->holders[0].arenas > 1)
		fprintf(t->file, ", %s with blocks of #%" PRIu32,
			human_count(arenas->holders[0].arenas).text, arenas->holders[0].site);
	putc('\n', t->file);
}

static void put_timeline(const struct text *t)
{
	const struct model *model = t->model;
	struct spark spark;

	if (model->census_count < 3)
		return;
	spark_init(&spark, 0, model->run.duration_ns);
	for (uint32_t i = 0; i < model->census_count; i++)
		spark_add(&spark, model->census[i].ns, model->census[i].live_bytes);
	fprintf(t->file, "  %-14s", "live over time");
	putc(' ', t->file);
	putc(' ', t->file);
	spark_put(&spark, t->file, t->options->unicode);
	fprintf(t->file, "  at most %s\n", text_bytes(t, spark.most).text);
}

#define NOTE "                "
#define UNREAD " could not be read: what only that holds counts as lost\n"

/* Of what was live when the last snapshot was taken. */
static void put_held(const struct text *t)
{
	const struct model_snapshot *s = &t->model->snapshot;

	if (t->model->run.runs)
		return;
	if (!s->known) {
		fprintf(t->file, "    held        ");
		wrap_put(t->file, s->missing, 16, "                ", LOOK_COLUMNS, 0);
		return;
	}
	fprintf(t->file, "    held        %s reachable, ", text_bytes(t, s->reachable.bytes).text);
	if (s->possible.blocks)
		fprintf(t->file, "%s possibly lost, ", text_bytes(t, s->possible.bytes).text);
	fprintf(t->file, "%s lost", text_bytes(t, s->direct.bytes + s->indirect.bytes).text);
	if (s->direct.blocks)
		fprintf(t->file, " in %s block%s",
			human_count(s->direct.blocks + s->indirect.blocks).text,
			human_plural(s->direct.blocks + s->indirect.blocks));
	if (s->garbage.blocks)
		fprintf(t->file, ", %s garbage of Python%s", text_bytes(t, s->garbage.bytes).text,
			s->collector.known && !s->collector.enabled ? " (its collector is off)"
								    : "");
	if (s->cycles_in_all)
		fprintf(t->file, ", with %s circle%s", human_count(s->cycles_in_all).text,
			human_plural(s->cycles_in_all));
	fputs("\n", t->file);
	if (s->threads_unstopped)
		fprintf(t->file, NOTE "registers of %s thread%s" UNREAD,
			human_count(s->threads_unstopped).text, human_plural(s->threads_unstopped));
	if (s->unread_bytes)
		fprintf(t->file, NOTE "%s of memory" UNREAD, text_bytes(t, s->unread_bytes).text);
}

void text_put_numbers(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	if (!run->allocations && !run->failed_allocations && !run->mappings)
		return;
	putc('\n', t->file);
	put_number(t, "allocations", human_count(run->allocations), "%s%s in total, %s temporary",
		   text_bytes(t, run->allocated_bytes).text,
		   words_error(run->sample.allocated_bytes_error, run->allocated_bytes).text,
		   run->temporary ? human_share(run->temporary, run->allocations).text : "none");
	put_number(t, "releases", human_count(run->frees), "%s of the allocations",
		   run->allocations ? human_share(run->frees, run->allocations).text : "none");
	if (run->failed_allocations)
		put_number(t, "failed allocations", human_count(run->failed_allocations),
			   "%s of them on purpose", human_count(run->injected_failures).text);
	put_number(t, "peak", text_bytes(t, run->peak_bytes), "%sin %s %s%s",
		   error_before(run->sample.peak_bytes_error, run->peak_bytes).text,
		   human_count(run->peak_blocks).text, blocks(run->peak_blocks),
		   words_peak_moment(run).text);
	put_number(t, "live at the end", text_bytes(t, run->live_bytes), "%sin %s %s",
		   error_before(run->sample.live_bytes_error, run->live_bytes).text,
		   human_count(run->live_blocks).text, blocks(run->live_blocks));
	put_parts_of_live(t);
	if (run->live_blocks)
		put_held(t);
	put_survival(t);
	if (run->mappings)
		put_number(t, "mapped by mmap", text_bytes(t, run->mapped_bytes), "in %s range%s",
			   human_count(run->mappings).text, human_plural(run->mappings));
	put_fragmentation(t);
	put_pinning(t);
	put_arenas(t);
	put_timeline(t);
}
