/* SPDX-License-Identifier: MIT */
/*
 * Totals of the run for Prometheus and what reads the same, such as the collector of text files that
 * node_exporter has. Nothing is said of single call stacks: each would be a time series of its own, and
 * there are too many; so would each process, were its id a label. What is not known is left out.
 *
 * The text is valid in OpenMetrics 1.0 and in Prometheus' older format, 0.0.4. For that all families
 * are gauges. OpenMetrics names a family of counters without the "_total" of its samples, which the
 * older format takes for two families, one of them without type and help; it refuses the name with
 * "_total". Nor would counters be right: they only ever rise while a process runs, and these numbers are
 * of a run that is over, where the next one may have less. UNIT and EOF are comments to the older format.
 */
#include "export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../../analyzer/util/human.h"
#include "../verdicts.h"
#include "../words.h"
#include "whole_text.h"

struct metrics {
	FILE *file;
	const struct model_run *run;
	char *program; /* base name, as a label has it */
};

/* A value of a label, in memory that you own. */
static char *escape(const char *text)
{
	char *repaired = whole_text_repair(text);
	const char *from = repaired ? repaired : text;
	char *escaped = xmalloc(2 * strlen(from) + 1);
	char *end = escaped;

	for (; *from; from++) {
		if (*from == '\\' || *from == '"' || *from == '\n')
			*end++ = '\\';
		*end++ = *from == '\n' ? 'n' : *from;
	}
	*end = '\0';
	free(repaired);
	return escaped;
}

/* The unit is "" or the name's end. */
static void put_family(struct metrics *m, const char *name, const char *unit, const char *help)
{
	fprintf(m->file, "# TYPE %s gauge\n", name);
	if (*unit)
		fprintf(m->file, "# UNIT %s %s\n", name, unit);
	fprintf(m->file, "# HELP %s %s\n", name, help);
}

/* All but the value; label "" for none. */
static void put_labels(struct metrics *m, const char *name, const char *label, const char *value)
{
	fprintf(m->file, "%s{program=\"%s\"", name, m->program);
	if (*label)
		fprintf(m->file, ",%s=\"%s\"", label, value);
	fputs("} ", m->file);
}

static void put_value(struct metrics *m, const char *name, const char *label, const char *which,
		      uint64_t value)
{
	put_labels(m, name, label, which);
	fprintf(m->file, "%" PRIu64 "\n", value);
}

static void put_gauge(struct metrics *m, const char *name, const char *unit, const char *help,
		      uint64_t value)
{
	put_family(m, name, unit, help);
	put_value(m, name, "", "", value);
}

static void put_seconds(struct metrics *m, const char *name, const char *help, uint64_t ns)
{
	put_family(m, name, "seconds", help);
	put_labels(m, name, "", "");
	fprintf(m->file, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

static void put_run(struct metrics *m)
{
	const struct model_run *run = m->run;

	put_gauge(m, "tenure_runs", "", "Runs that the numbers are sums over.",
		  run->runs ? run->runs : 1);
	put_gauge(m, "tenure_allocations", "", "Blocks that were allocated.", run->allocations);
	put_gauge(m, "tenure_allocated_bytes", "bytes", "Bytes that were asked for.",
		  run->allocated_bytes);
	put_gauge(m, "tenure_frees", "", "Blocks that were released.", run->frees);
	put_gauge(m, "tenure_temporary_allocations", "",
		  "Allocations released before the thread's next one.", run->temporary);
	put_gauge(m, "tenure_failed_allocations", "", "Calls that returned no memory.",
		  run->failed_allocations);
	put_gauge(m, "tenure_lost_events", "",
		  "Events that are not in the record: other numbers are too small by them.",
		  run->lost_events);
	put_gauge(m, "tenure_live_bytes", "bytes", "Bytes still allocated at the end.",
		  run->live_bytes);
	put_gauge(m, "tenure_live_blocks", "", "Blocks still allocated at the end.",
		  run->live_blocks);
	put_gauge(m, "tenure_peak_bytes", "bytes", "Most bytes allocated at one time.",
		  run->peak_bytes);
	put_gauge(m, "tenure_peak_blocks", "", "Blocks allocated at that time.", run->peak_blocks);
	if (run->peak_resident_bytes)
		put_gauge(m, "tenure_peak_resident_bytes", "bytes",
			  "Largest resident memory that was sampled.", run->peak_resident_bytes);
	put_gauge(m, "tenure_complete", "", "1 if the record has its end and no damage, else 0.",
		  run->complete);
	put_gauge(m, "tenure_sampled", "",
		  "1 if numbers of blocks and bytes are estimates, else 0.", run->sampled);
	put_seconds(m, "tenure_start_time_seconds", "Start of the program since 1970.",
		    run->start_realtime_ns);
	put_seconds(m, "tenure_duration_seconds", "How long the program was recorded.",
		    run->duration_ns);
}

static void put_generations(struct metrics *m)
{
	put_family(m, "tenure_generation_live_bytes", "bytes",
		   "Bytes still allocated at the end, by age.");
	for (int g = 0; g < GENERATIONS; g++)
		put_value(m, "tenure_generation_live_bytes", "generation", words_generation(g),
			  m->run->generations[g].bytes);
	put_family(m, "tenure_generation_live_blocks", "",
		   "Blocks still allocated at the end, by age.");
	for (int g = 0; g < GENERATIONS; g++)
		put_value(m, "tenure_generation_live_blocks", "generation", words_generation(g),
			  m->run->generations[g].survivors);
}

static void put_verdicts(struct metrics *m, const struct model *model)
{
	struct words_total total = words_total(model);

	put_gauge(m, "tenure_errors", "", "Kinds of wrong use of the allocator.", total.errors);
	put_family(m, "tenure_verdict_sites", "", "Call stacks by verdict.");
	for (int v = 0; v < VERDICTS; v++)
		put_value(m, "tenure_verdict_sites", "verdict", verdicts_name((enum verdict)v),
			  total.classes[v].sites);
	put_family(m, "tenure_verdict_live_bytes", "bytes",
		   "Bytes still allocated at the end, by the verdict on their call stack.");
	for (int v = 0; v < VERDICTS; v++)
		put_value(m, "tenure_verdict_live_bytes", "verdict", verdicts_name((enum verdict)v),
			  total.classes[v].live_bytes);
	put_family(m, "tenure_verdict_live_blocks", "",
		   "Blocks still allocated at the end, by the verdict on their call stack.");
	for (int v = 0; v < VERDICTS; v++)
		put_value(m, "tenure_verdict_live_blocks", "verdict",
			  verdicts_name((enum verdict)v), total.classes[v].live_blocks);
}

/* Under names that say which moment: a label that one could forget would add up two of them. */
static void put_parts(struct metrics *m, const struct model_memory_parts *parts, bool glibc,
		      const char *name, const char *help)
{
	const struct {
		const char *part;
		uint64_t bytes;
		bool known;
	} all[] = {
		{"live", parts->live, true},
		{"rounding", parts->rounding, glibc},
		{"headers", parts->headers, glibc},
		{"pinned", parts->pinned, true},
		{"retained", parts->retained, parts->known},
		{"other", parts->other, parts->known},
	};

	put_family(m, name, "bytes", help);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].known)
			put_value(m, name, "part", all[i].part, all[i].bytes);
}

static void put_memory(struct metrics *m, const struct model_fragmentation *f)
{
	if (!f->known)
		return;
	put_parts(m, &f->end, f->glibc, "tenure_memory_bytes",
		  "Resident memory at the end, taken apart.");
	put_parts(m, &f->peak, f->glibc, "tenure_peak_memory_bytes",
		  "Resident memory at the most live bytes, taken apart.");
	put_gauge(m, "tenure_untouched_bytes", "bytes",
		  "Live bytes at the end that cannot have been resident.", f->end.untouched);
}

static int write_openmetrics(const struct model *model, const struct export_options *options,
			     FILE *file)
{
	struct metrics m = {file, &model->run, escape(human_basename(model->run.program))};

	(void)options;
	put_run(&m);
	put_generations(&m);
	put_verdicts(&m, model);
	put_memory(&m, &model->fragmentation);
	fputs("# EOF\n", file);
	free(m.program);
	return ferror(file) ? -1 : 0;
}

const struct export_format export_openmetrics = {
	.name = "openmetrics",
	.extension = ".prom",
	.write = write_openmetrics,
};
