/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/util/human.h"
#include "visible.h"
#include "stack.h"
#include "tables.h"

#define COLUMNS 100
#define FINDINGS_TOP 20 /* more repeat themselves; data formats have them all */

struct text {
	const struct model *model;
	const struct report_options *options;
	FILE *file;
	const char *bold, *red, *yellow, *dim, *plain;
	struct stack_style stack_style;
	bool *shown; /* sites whose stack is above, by position */
};

static struct human bytes(const struct text *t, uint64_t value)
{
	return human_bytes(value, t->options->exact_bytes);
}

static void put_heading(const struct text *t, const char *heading)
{
	fprintf(t->file, "\n%s%s%s\n", t->bold, heading, t->plain);
}

static void put_end(const struct text *t)
{
	const struct model_run *run = &t->model->run;
	const char *kind = run->end_kind;

	if (!strcmp(kind, "signal"))
		fprintf(t->file, "killed by signal %" PRId32 " (%s)", run->end_status,
			strsignal(run->end_status));
	else if (!strcmp(kind, "exec"))
		fputs("replaced by exec", t->file);
	else if (!strcmp(kind, "detached"))
		fputs("still running when the recording ended", t->file);
	else if (!strcmp(kind, "unknown"))
		fputs("end not recorded", t->file);
	else
		fprintf(t->file, "ended by %s with status %" PRId32, kind, run->end_status);
}

static void put_header(const struct text *t)
{
	const struct model_run *run = &t->model->run;
	FILE *file = t->file;

	fputs(t->bold, file);
	if (!run->argc)
		visible_put(file, run->program);
	for (uint32_t i = 0; i < run->argc; i++) {
		if (i)
			putc(' ', file);
		visible_put(file, run->argv[i]);
	}
	fprintf(file, "%s\n  process %" PRId32 ", ", t->plain, run->pid);
	put_end(t);
	fprintf(file, " after %s, %s thread%s\n", human_duration(run->duration_ns).text,
		human_count(run->threads).text, human_plural(run->threads));
	fprintf(file, "  recorded %s, trace ", human_time(run->start_realtime_ns).text);
	visible_put(file, run->trace_path);
	fprintf(file, " (%s)\n", human_bytes(run->trace_bytes, false).text);
}

__attribute__((format(printf, 4, 5))) static void
put_number(const struct text *t, const char *name, struct human number, const char *remark, ...)
{
	va_list args;

	fprintf(t->file, "  %-20s%16s  ", name, number.text);
	va_start(args, remark);
	vfprintf(t->file, remark, args);
	va_end(args);
	putc('\n', t->file);
}

static void put_numbers(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	putc('\n', t->file);
	put_number(t, "allocations", human_count(run->allocations), "%s in total",
		   bytes(t, run->allocated_bytes).text);
	put_number(t, "releases", human_count(run->frees), "%s of the allocations",
		   run->allocations ? human_share(run->frees, run->allocations).text : "none");
	if (run->temporary)
		put_number(t, "temporary", human_count(run->temporary), "%s of all allocations",
			   human_share(run->temporary, run->allocations).text);
	put_number(t, "peak", bytes(t, run->peak_bytes), "%s block%s, after %s",
		   human_count(run->peak_blocks).text, human_plural(run->peak_blocks),
		   human_duration(run->peak_ns).text);
	put_number(t, "live at the end", bytes(t, run->live_bytes), "%s block%s",
		   human_count(run->live_blocks).text, human_plural(run->live_blocks));
	if (run->mappings)
		put_number(t, "mapped by mmap", bytes(t, run->mapped_bytes), "%s range%s",
			   human_count(run->mappings).text, human_plural(run->mappings));
	if (run->peak_resident_bytes)
		put_number(t, "largest resident set", bytes(t, run->peak_resident_bytes),
			   "as sampled");
	if (run->failed_allocations)
		put_number(t, "failed allocations", human_count(run->failed_allocations),
			   "%s of them on purpose", human_count(run->injected_failures).text);
}

static void put_limits(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	if (!run->limit_count)
		return;
	fprintf(t->file, "\n%s%sWhat this trace could not see%s\n", t->bold, t->yellow, t->plain);
	for (uint32_t i = 0; i < run->limit_count; i++) {
		fputs("  - ", t->file);
		visible_put(t->file, run->limits[i]);
		putc('\n', t->file);
	}
}

/* One after each table whose conclusion depends on having seen everything. */
static void put_reminder(const struct text *t)
{
	if (t->model->run.limit_count)
		fprintf(t->file, "  %sSee above what this trace could not see.%s\n", t->yellow,
			t->plain);
}

static void put_finding(const struct text *t, const struct model_finding *finding)
{
	static const char *const severities[] = {"error", "warning", "note"};
	bool failure = finding->rule == FINDING_ALLOCATION_FAILURE;

	fprintf(t->file, "\n  %s%s: %s%s",
		finding->severity == SEVERITY_ERROR	? t->red
		: finding->severity == SEVERITY_WARNING ? t->yellow
							: "",
		severities[finding->severity], finding->rule_name, t->plain);
	if (finding->occurrences > 1)
		fprintf(t->file, ", %s times", human_count(finding->occurrences).text);
	fputs("\n    ", t->file);
	visible_put(t->file, finding->message);
	putc('\n', t->file);
	fprintf(t->file, failure ? "    asked for at\n" : "    released at\n");
	stack_put(t->file, &finding->release, &t->stack_style);
	if (finding->first_release.frame_count) {
		fputs("    released before at\n", t->file);
		stack_put(t->file, &finding->first_release, &t->stack_style);
	}
	if (finding->allocation.frame_count) {
		fputs("    allocated at\n", t->file);
		stack_put(t->file, &finding->allocation, &t->stack_style);
	}
}

static void put_findings(const struct text *t)
{
	uint32_t count = t->model->finding_count;

	if (!count)
		return;
	put_heading(t, "Errors and failures");
	for (uint32_t i = 0; i < count && i < FINDINGS_TOP; i++)
		put_finding(t, &t->model->findings[i]);
	if (count > FINDINGS_TOP)
		fprintf(t->file, "\n  %s more are not shown; --format=json lists them all.\n",
			human_count(count - FINDINGS_TOP).text);
}

static void put_row(const struct text *t, const struct table *table, const struct model_site *site)
{
	const struct model_run *run = &t->model->run;
	bool *shown = &t->shown[site - t->model->sites];

	for (const struct column *column = table->columns; column->heading; column++) {
		uint64_t value = tables_number(site, column->number);

		switch (column->kind) {
		case COLUMN_COUNT:
			fprintf(t->file, "  %14s", human_count(value).text);
			break;
		case COLUMN_BYTES:
			fprintf(t->file, "  %14s", bytes(t, value).text);
			break;
		case COLUMN_SHARE:
			fprintf(t->file, "  %6s",
				human_share(value, tables_total(run, column->total)).text);
			break;
		}
	}
	fprintf(t->file, "  %s#%" PRIu32 "%s ", t->bold, site->id, t->plain);
	if (*shown) {
		fputs("(above) ", t->file);
		stack_put_innermost(t->file, &site->stack, &t->stack_style);
		return;
	}
	*shown = true;
	fprintf(t->file, "%s\n%s%s", site->api, t->stack_style.indent, t->dim);
	visible_put(t->file, site->why);
	fprintf(t->file, "%s\n", t->plain);
	stack_put(t->file, &site->stack, &t->stack_style);
}

static void put_table(const struct text *t, const struct table *table)
{
	const struct model *model = t->model;
	uint32_t top = t->options->top;
	struct table_rows rows;

	rows = tables_rows(model, table, top);
	if (!rows.count) {
		if (table->when_empty) {
			put_heading(t, table->heading);
			fprintf(t->file, "  %s\n", table->when_empty);
			put_reminder(t);
		}
		tables_free_rows(&rows);
		return;
	}
	put_heading(t, table->heading);
	for (const struct column *column = table->columns; column->heading; column++)
		fprintf(t->file, "%s  %*s", column == table->columns ? t->dim : "",
			column->kind == COLUMN_SHARE ? 6 : 14, column->heading);
	fprintf(t->file, "  site%s\n", t->plain);
	for (uint32_t i = 0; i < rows.count; i++)
		put_row(t, table, rows.sites[i]);
	if (rows.candidates > rows.count)
		fprintf(t->file, "  %s%s more site%s not shown; --top=N shows N, 0 all.%s\n",
			t->dim, human_count(rows.candidates - rows.count).text,
			rows.candidates - rows.count == 1 ? " is" : "s are", t->plain);
	if (table->when_empty)
		put_reminder(t);
	tables_free_rows(&rows);
}

static int write_text(const struct model *model, const struct report_options *options, FILE *file)
{
	bool color = options->color;
	struct text t = {
		.model = model,
		.options = options,
		.file = file,
		.bold = color ? "\033[1m" : "",
		.red = color ? "\033[1;31m" : "",
		.yellow = color ? "\033[33m" : "",
		.dim = color ? "\033[2m" : "",
		.plain = color ? "\033[0m" : "",
	};

	t.stack_style = (struct stack_style){
		.indent = "      ",
		.dim = t.dim,
		.plain = t.plain,
		.columns = COLUMNS,
		.all_frames = options->all_frames,
	};
	t.shown = calloc(model->site_count + 1, sizeof *t.shown);
	if (!t.shown)
		return -1;
	put_header(&t);
	put_numbers(&t);
	put_limits(&t);
	put_findings(&t);
	for (const struct table *table = tables; table->heading; table++)
		put_table(&t, table);
	if (model->run.child_count) {
		put_heading(&t, "Traces of its child processes");
		for (uint32_t i = 0; i < model->run.child_count; i++) {
			fputs("  ", file);
			visible_put(file, model->run.children[i]);
			putc('\n', file);
		}
	}
	free(t.shown);
	return ferror(file) ? -1 : 0;
}

const struct report_format report_text = {"text", ".txt", write_text};
