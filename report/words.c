/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "words.h"

#include <inttypes.h>
#include <string.h>

#include "verdicts.h"

#define SLIGHT_CONFIDENCE 0.5
#define PINNED_WORTH_BYTES (1u << 20)
#define ARENAS_WORTH 2u

const char *words_generation(int generation)
{
	static const char *const names[GENERATIONS] = {"young", "middle", "old"};

	return names[generation];
}

struct human words_age_number(const struct model_run *run, uint64_t age)
{
	switch (run->age_clock) {
	case AGE_NS:
		return human_duration(age);
	case AGE_ALLOCATIONS:
		return human_count(age);
	default:
		return human_bytes(age, false);
	}
}

const char *words_age_unit(const struct model_run *run)
{
	switch (run->age_clock) {
	case AGE_NS:
		return "time since birth";
	case AGE_ALLOCATIONS:
		return "allocations since birth";
	default:
		return "bytes allocated since birth";
	}
}

struct human words_age(const struct model_run *run, uint64_t age)
{
	struct human number = words_age_number(run, age);
	struct human result;

	if (run->age_clock == AGE_NS)
		return number;
	snprintf(result.text, sizeof result.text, "%.40s %s%s", number.text,
		 run->age_clock == AGE_BYTES ? "of allocation" : "allocation",
		 run->age_clock == AGE_BYTES ? "s" : human_plural(age));
	return result;
}

struct human words_error(double error, uint64_t estimate)
{
	struct human result = {""};
	double share = estimate ? 100 * error / (double)estimate : 0;

	if (error > 0 && estimate)
		snprintf(result.text, sizeof result.text,
			 share < 0.5 ? " \u00b1 <1 %%" : " \u00b1 %.0f %%", share);
	return result;
}

/* Growth that is a small part of what is live, or that little speaks for. */
static bool is_slight(const struct model_site *site)
{
	return site->verdict == VERDICT_GROWING && site->confidence < SLIGHT_CONFIDENCE;
}

static void add_torn_down(struct words_class *class, const struct model_site *site)
{
	class->sites++;
	class->live_blocks += site->teardown_blocks;
	class->live_bytes += site->teardown_bytes;
}

static void add_site(struct words_class *class, const struct model_site *site)
{
	class->sites++;
	class->live_blocks += site->live_blocks;
	class->live_bytes += site->live_bytes;
}

struct words_total words_total(const struct model *model)
{
	struct words_total total = {0};

	for (uint32_t i = 0; i < model->site_count; i++) {
		const struct model_site *site = &model->sites[i];

		add_site(&total.classes[site->verdict], site);
		if (site->teardown_bytes)
			add_torn_down(&total.torn_down, site);
		if (is_slight(site))
			add_site(&total.slight, site);
		else if (verdicts_are_leaky(site->verdict) && site->growth.known &&
			 site->growth.bytes_per_s > 0)
			total.bytes_per_s += site->growth.bytes_per_s;
	}
	for (uint32_t i = 0; i < model->finding_count; i++)
		total.errors += model->findings[i].severity == SEVERITY_ERROR;
	return total;
}

/* 1: first; 0: never. */
static int urgency(const struct model_site *site)
{
	if (!site->live_blocks)
		return 0;
	if (is_slight(site))
		return 3;
	switch (site->verdict) {
	case VERDICT_LEAK:
	case VERDICT_GROWING:
		return 1;
	case VERDICT_UNFREED:
		return 2;
	case VERDICT_UNKNOWN:
		return 4;
	default:
		return 0;
	}
}

uint32_t words_urgent(const struct model *model, const struct model_site **rows, uint32_t most)
{
	uint32_t count = 0;

	for (int u = 1; u <= 4; u++)
		for (uint32_t i = 0; i < model->site_count && count < most; i++)
			if (urgency(&model->sites[i]) == u)
				rows[count++] = &model->sites[i];
	return count;
}

static void put_sites(FILE *file, uint32_t count, const char *one, const char *many)
{
	fprintf(file, "%s site%s %s", human_count(count).text, human_plural(count),
		count == 1 ? one : many);
}

static void put_amount(FILE *file, const struct words_class *class, bool exact)
{
	fprintf(file, "%s%s in %s block%s", human_bytes(class->live_bytes, exact).text,
		exact ? " bytes" : "", human_count(class->live_blocks).text,
		human_plural(class->live_blocks));
}

static void put_suspects(FILE *file, const struct model *model, const struct words_total *total,
			 bool exact)
{
	const struct words_class *leak = &total->classes[VERDICT_LEAK];
	const struct words_class *growing = &total->classes[VERDICT_GROWING];
	const struct words_class *slight = &total->slight;
	uint32_t grow = growing->sites - slight->sites;
	struct words_class both = {
		.sites = leak->sites + grow,
		.live_blocks = leak->live_blocks + growing->live_blocks - slight->live_blocks,
		.live_bytes = leak->live_bytes + growing->live_bytes - slight->live_bytes,
	};

	if (leak->sites)
		put_sites(file, leak->sites, "leaks", "leak");
	if (leak->sites && grow)
		fputs(" and ", file);
	if (grow)
		put_sites(file, grow, "grows", "grow");
	fputs(": ", file);
	put_amount(file, &both, exact);
	if (total->bytes_per_s >= 1 && model->run.duration_ns >= HUMAN_RATE_RUN_NS)
		fprintf(file, ", growing by %s%s",
			human_rate(total->bytes_per_s, model->run.duration_ns, exact).text,
			both.sites > 1 ? " together" : "");
	putc('.', file);
}

static void put_slight(FILE *file, const struct words_class *slight, bool exact)
{
	putc(' ', file);
	put_sites(file, slight->sites, "may grow by little: ", "may grow by little: ");
	put_amount(file, slight, exact);
	putc('.', file);
}

/* What is released in the end may have been a leak for as long as the program ran. */
static void put_torn_down(FILE *file, const struct words_class *class, bool exact)
{
	putc(' ', file);
	put_sites(file, class->sites,
		  "grew until the program began to end, and was released then: ",
		  "grew until the program began to end, and were released then: ");
	put_amount(file, class, exact);
	putc('.', file);
}

/* Without suspects. */
static void put_no_suspects(FILE *file, const struct model *model, const struct words_total *total,
			    bool exact)
{
	const struct words_class *unknown = &total->classes[VERDICT_UNKNOWN];
	const struct words_class *unfreed = &total->classes[VERDICT_UNFREED];

	if (!model->run.allocations)
		fputs("No allocation was recorded.", file);
	else if (unknown->live_blocks)
		fprintf(file, "Whether anything leaks cannot be told from this %s.",
			words_record(&model->run));
	else if (!model->run.live_blocks)
		fputs("Nothing leaks: everything that was allocated was released.", file);
	else if (unfreed->sites)
		fputs("Nothing is seen to grow, but ", file);
	else
		fprintf(file, "Nothing leaks or grows, as far as this %s can tell.",
			words_record(&model->run));
	if (unknown->live_blocks || !unfreed->sites)
		return;
	put_sites(file, unfreed->sites,
		  "never freed what it allocated: ", "never freed what they allocated: ");
	put_amount(file, unfreed, exact);
	putc('.', file);
}

void words_put_verdict(FILE *file, const struct model *model, bool exact)
{
	struct words_total total = words_total(model);
	const struct words_class *unknown = &total.classes[VERDICT_UNKNOWN];

	if (total.classes[VERDICT_LEAK].sites ||
	    total.classes[VERDICT_GROWING].sites > total.slight.sites)
		put_suspects(file, model, &total, exact);
	else
		put_no_suspects(file, model, &total, exact);
	if (total.slight.sites)
		put_slight(file, &total.slight, exact);
	if (total.torn_down.sites)
		put_torn_down(file, &total.torn_down, exact);
	if (unknown->live_blocks) {
		putc(' ', file);
		put_amount(file, unknown, exact);
		fputs(" cannot be judged.", file);
	}
	if (total.errors)
		fprintf(file, " %s error%s in releasing memory %s found.",
			human_count(total.errors).text, human_plural(total.errors),
			total.errors == 1 ? "was" : "were");
}

void words_put_shares(FILE *file, const struct model *model)
{
	struct words_total total = words_total(model);
	const char *before = "";

	for (;;) {
		struct words_class *most = NULL;

		for (int i = 0; i < VERDICTS; i++)
			if (total.classes[i].live_bytes &&
			    (!most || total.classes[i].live_bytes > most->live_bytes))
				most = &total.classes[i];
		if (!most)
			return;
		fprintf(file, "%s%s %s", before,
			human_share(most->live_bytes, model->run.live_bytes).text,
			verdicts_phrase((enum verdict)(most - total.classes)));
		before = ", ";
		most->live_bytes = 0;
	}
}

const char *words_record(const struct model_run *run)
{
	return run->runs ? "profile" : "trace";
}

void words_put_runs(FILE *file, const struct model_run *run)
{
	fprintf(file, "sum of %s run%s", human_count(run->runs).text, human_plural(run->runs));
	if (run->programs > 1)
		fprintf(file, " of %s programs", human_count(run->programs).text);
	fprintf(file, ", %s in all, from %s", human_duration(run->duration_ns).text,
		human_time(run->start_realtime_ns).text);
	fprintf(file, " to %s", human_time(run->last_end_realtime_ns).text);
}

struct human words_peak_moment(const struct model_run *run)
{
	struct human result = {""};

	if (!run->runs)
		snprintf(result.text, sizeof result.text, ", after %.40s",
			 human_duration(run->peak_ns).text);
	return result;
}

void words_put_end(FILE *file, const struct model_run *run)
{
	const char *kind = run->end_kind;

	if (!strcmp(kind, "signal"))
		fprintf(file, "killed by signal %" PRId32 " (%s)", run->end_status,
			strsignal(run->end_status));
	else if (!strcmp(kind, "exec"))
		fputs("replaced by exec", file);
	else if (!strcmp(kind, "detached"))
		fputs("still running when the recording ended", file);
	else if (!strcmp(kind, "unknown"))
		fputs("end not recorded", file);
	else
		fprintf(file, "ended by %s with status %" PRId32, kind, run->end_status);
}

bool words_put_sparse_arenas(FILE *file, const struct model_arenas *arenas, bool exact)
{
	if (!arenas->sparse)
		return false;
	fprintf(file, "%s of %s arena%s less than a tenth full: %s in %s block%s keep%s %s",
		human_count(arenas->sparse).text, human_count(arenas->count).text,
		arenas->count == 1 ? " is" : "s are", human_bytes(arenas->sparse_live, exact).text,
		human_count(arenas->sparse_blocks).text, human_plural(arenas->sparse_blocks),
		arenas->sparse_blocks == 1 ? "s" : "",
		human_bytes(arenas->sparse_bytes, exact).text);
	if (arenas->sparse_single)
		fprintf(file, ", in %s of them a single block",
			human_count(arenas->sparse_single).text);
	putc('.', file);
	return true;
}

const struct model_arena_holder *words_arena_keeper(const struct model_arenas *arenas)
{
	if (!arenas->holder_count || arenas->holders[0].exclusive_arenas < ARENAS_WORTH)
		return NULL;
	return &arenas->holders[0];
}

void words_put_arena_keeper(FILE *file, const struct model_arenas *arenas, bool exact)
{
	const struct model_arena_holder *holder = words_arena_keeper(arenas);

	if (!holder)
		return;
	fprintf(file,
		"Blocks of #%" PRIu32
		" alone keep %s of these, %s: made before what is for the moment, or "
		"apart from it in another process, they would lie together.",
		holder->site, human_count(holder->exclusive_arenas).text,
		human_bytes(arenas->bytes / arenas->count * holder->exclusive_arenas, exact).text);
}

const struct model_site *words_pinning(const struct model *model)
{
	const struct model_pages *pages = &model->fragmentation.pages_end;
	const struct model_site *worst = NULL;

	if (!model->fragmentation.known || pages->pinned_bytes < PINNED_WORTH_BYTES ||
	    pages->pinned_bytes / 1024 < pages->occupied)
		return NULL;
	for (uint32_t i = 0; i < model->site_count; i++)
		if (!worst || model->sites[i].pinned_bytes > worst->pinned_bytes)
			worst = &model->sites[i];
	return worst && worst->pinned_bytes ? worst : NULL;
}
