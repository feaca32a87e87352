/* SPDX-License-Identifier: MIT */
/*
 * For pull requests and tickets, so it is short. Everything that comes from the program stands in
 * indented code, where Markdown has no meaning and visible_put leaves no line breaks to end it with.
 */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "../analyzer/util/human.h"
#include "holding.h"
#include "savings.h"
#include "visible.h"
#include "stack.h"
#include "tables.h"
#include "verdicts.h"
#include "words.h"

struct markdown {
	const struct model *model;
	const struct report_options *options;
	FILE *file;
};

static const struct stack_style in_code = {
	.indent = "        ",
	.dim = "",
	.plain = "",
	.columns = 100,
};

static struct human bytes(const struct markdown *m, uint64_t value)
{
	return human_bytes(value, m->options->exact_bytes);
}

static void put_command_line(FILE *file, const struct model_run *run)
{
	fputs("# Memory report\n\n    ", file);
	if (!run->argc)
		visible_put(file, run->program);
	for (uint32_t i = 0; i < run->argc; i++) {
		if (i)
			putc(' ', file);
		visible_put(file, run->argv[i]);
	}
	fputs("\n\n", file);
}

static void put_run(const struct markdown *m)
{
	const struct model_run *run = &m->model->run;
	FILE *file = m->file;

	put_command_line(file, run);
	fputs("**", file);
	words_put_verdict(file, m->model, m->options->exact_bytes);
	fputs("**\n", file);
	if (run->successor) {
		fputs("\nThe process went on as another program:\n\n        tenure report ", file);
		visible_put(file, run->successor_trace);
		putc('\n', file);
	}
	if (run->teardown_ns)
		fprintf(file, "\nUp to %s, when the interpreter began to release all it had.\n",
			human_duration(run->teardown_ns).text);
	if (run->since_ns || run->until_ns)
		fprintf(file, "\nOnly about blocks allocated from %s to %s after the start.\n",
			human_duration(run->since_ns).text,
			run->until_ns ? human_duration(run->until_ns).text : "the end");
	if (!run->runs) {
		fputs("\n", file);
		holding_put_snapshot(file, m->model, m->options->exact_bytes);
		fputs("\n", file);
	}
	if (run->limit_count)
		fprintf(file, "\n**What this %s could not see**\n\n", words_record(run));
	for (uint32_t i = 0; i < run->limit_count; i++)
		fprintf(file, "- %s\n", run->limits[i]);
	fprintf(file,
		"\n| %s | %s | allocations | in total | peak | live at the end |\n"
		"|---|---|---|---|---|---|\n| ",
		run->runs ? "sum of" : "ended by", run->runs ? "in all" : "after");
	if (run->runs)
		fprintf(file, "%s run%s", human_count(run->runs).text, human_plural(run->runs));
	else
		fprintf(file, "%s, status %" PRId32, run->end_kind, run->end_status);
	fprintf(file, " | %s | %s | %s | %s | %s in %s block%s",
		human_duration(run->duration_ns).text, human_count(run->allocations).text,
		bytes(m, run->allocated_bytes).text, bytes(m, run->peak_bytes).text,
		bytes(m, run->live_bytes).text, human_count(run->live_blocks).text,
		human_plural(run->live_blocks));
	if (run->live_bytes) {
		fputs(": ", file);
		words_put_shares(file, m->model);
	}
	fputs(" |\n", file);
}

static void put_finding(FILE *file, const struct model_finding *finding)
{
	static const char *const severities[] = {"error", "warning", "note"};

	fprintf(file, "- **%s: %s**, %s time%s\n\n        ", severities[finding->severity],
		finding->rule_name, human_count(finding->occurrences).text,
		human_plural(finding->occurrences));
	visible_put(file, finding->message);
	fprintf(file, "\n        %s at\n",
		finding->rule == FINDING_ALLOCATION_FAILURE ? "asked for" : "released");
	stack_put(file, &finding->release, &in_code);
	if (finding->first_release.frame_count) {
		fputs("        released before at\n", file);
		stack_put(file, &finding->first_release, &in_code);
	}
	if (finding->allocation.frame_count) {
		fputs("        allocated at\n", file);
		stack_put(file, &finding->allocation, &in_code);
	}
	putc('\n', file);
}

static void put_findings(const struct markdown *m)
{
	uint32_t rows = m->options->top, count = m->model->finding_count;

	if (count)
		fputs("\n## Errors and failures\n\n", m->file);
	for (uint32_t i = 0; i < count && (!rows || i < rows); i++)
		put_finding(m->file, &m->model->findings[i]);
	if (rows && count > rows)
		fprintf(m->file, "%s more are not shown.\n", human_count(count - rows).text);
}

static void put_site(const struct markdown *m, const struct model_site *site)
{
	fprintf(m->file, "- **#%" PRIu32 " %s**, %s%s in %s block%s of %s", site->id,
		verdicts_phrase(site->verdict), bytes(m, site->live_bytes).text,
		words_error(site->sample.live_bytes_error, site->live_bytes).text,
		human_count(site->live_blocks).text, human_plural(site->live_blocks),
		human_count(site->allocations).text);
	if (site->growth.known && verdicts_are_leaky(site->verdict) &&
	    m->model->run.duration_ns >= HUMAN_RATE_RUN_NS)
		fprintf(m->file, ", growing by %s",
			human_rate(site->growth.bytes_per_s, m->model->run.duration_ns,
				   m->options->exact_bytes)
				.text);
	fputs("\n\n        ", m->file);
	visible_put(m->file, site->why);
	putc('\n', m->file);
	if (holding_main(site)) {
		fputs("        held by ", m->file);
		holding_put_root(m->file, holding_main(site));
		putc('\n', m->file);
	}
	stack_put(m->file, &site->stack, &in_code);
	putc('\n', m->file);
}

static void put_suspects(const struct markdown *m)
{
	uint32_t rows = 0;

	for (uint32_t i = 0; i < m->model->site_count; i++) {
		if (!verdicts_are_leaky(m->model->sites[i].verdict))
			continue;
		if (m->options->top && rows == m->options->top)
			break;
		if (!rows++)
			fputs("\n## What leaks or grows\n\n", m->file);
		put_site(m, &m->model->sites[i]);
	}
}

/* What comes from the program is in code. */
static void put_savings(const struct markdown *m)
{
	uint32_t rows = m->options->top, count = m->model->saving_count;

	if (count)
		fputs("\n## What would take less memory\n\n", m->file);
	for (uint32_t i = 0; i < count && (!rows || i < rows); i++) {
		const struct model_saving *saving = &m->model->savings[i];

		fprintf(m->file, "- **%s**\n\n        ", saving->rule_name);
		savings_put_title(m->file, saving, m->options->exact_bytes);
		fputs("\n        ", m->file);
		savings_put(m->file, saving, m->options->exact_bytes);
		putc('\n', m->file);
		stack_put(m->file, &saving->stack, &in_code);
		putc('\n', m->file);
	}
}

static void put_row(const struct markdown *m, const struct table *table,
		    const struct model_site *site, const char *group)
{
	fputs("    ", m->file);
	for (const struct column *column = table->columns; column->heading; column++) {
		fprintf(m->file, "%*s", column->kind == COLUMN_SHARE ? 6 : 14,
			tables_cell(column, site, &m->model->run, m->options->exact_bytes).text);
		tables_put_error(m->file, &m->model->run, column, site);
		fputs("  ", m->file);
	}
	fprintf(m->file, "%-13s  ", verdicts_phrase(site->verdict));
	if (group) {
		visible_put(m->file, group);
		putc('\n', m->file);
		return;
	}
	fprintf(m->file, "#%" PRIu32 " ", site->id);
	stack_put_own(m->file, &site->stack, 0);
}

static void put_table(const struct markdown *m, const struct table *table, bool grouped)
{
	uint32_t top = m->options->top;
	const struct model_grouping *grouping = tables_grouping(m->model, m->options->by);
	struct table_rows rows = grouped ? tables_group_rows(grouping, table, top, false)
					 : tables_rows(m->model, table, top, false);

	if (rows.count) {
		fprintf(m->file, "\n## %s%s%s\n\n    ", table->heading, grouped ? ", by " : "",
			grouped ? m->options->by : "");
		for (const struct column *column = table->columns; column->heading; column++) {
			fprintf(m->file, "%*s", column->kind == COLUMN_SHARE ? 6 : 14,
				column->heading);
			tables_put_error(m->file, &m->model->run, column, NULL);
			fputs("  ", m->file);
		}
		fprintf(m->file, "%-13s  %s\n", "verdict", grouped ? m->options->by : "site");
	}
	for (uint32_t i = 0; i < rows.count; i++)
		put_row(m, table, rows.sites[i],
			grouped ? tables_group(rows.sites[i])->name : NULL);
	if (rows.candidates > rows.count)
		fprintf(m->file, "\n%s more are not shown.\n",
			human_count(rows.candidates - rows.count).text);
	tables_free_rows(&rows);
}

static void put_threads(const struct markdown *m)
{
	uint32_t count = m->model->thread_count;

	if (m->options->top && m->options->top < count)
		count = m->options->top;
	fprintf(m->file, "\n## Threads, by bytes allocated\n\n    %14s  %14s  %14s  thread\n",
		"allocations", "bytes", "still live");
	for (uint32_t i = 0; i < count; i++) {
		const struct model_thread *thread = &m->model->threads[i];

		fprintf(m->file, "    %14s  %14s  %14s  %" PRId32 " ",
			human_count(thread->allocations).text,
			bytes(m, thread->allocated_bytes).text, bytes(m, thread->live_bytes).text,
			thread->tid);
		visible_put(m->file, thread->name);
		putc('\n', m->file);
	}
}

static void put_all(const struct markdown *m)
{
	unsigned count = 0;

	put_findings(m);
	put_suspects(m);
	put_savings(m);
	for (const struct table *table = tables; table->heading; table++)
		if (table->usual && (m->options->all_tables || count++ < 2))
			put_table(m, table, false);
}

static int write_markdown(const struct model *model, const struct report_options *options,
			  FILE *file)
{
	struct markdown m = {model, options, file};
	const struct table *table = tables_by_name(options->sort ? options->sort : "bytes");
	bool grouped = options->by && strcmp(options->by, "stack") != 0;

	put_run(&m);
	if (options->site && options->site <= model->site_count) {
		putc('\n', file);
		put_site(&m, &model->sites[options->site - 1]);
	} else if (grouped && !strcmp(options->by, "thread")) {
		put_threads(&m);
	} else if (table && (grouped || options->sort)) {
		put_table(&m, table, grouped);
	} else {
		put_all(&m);
	}
	return ferror(file) ? -1 : 0;
}

const struct report_format report_markdown = {"md", ".md", false, write_markdown};
