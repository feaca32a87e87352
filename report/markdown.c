/* SPDX-License-Identifier: MIT */
/*
 * For pull requests and tickets. Everything that comes from the program stands in indented code,
 * where Markdown has no meaning and visible_put leaves no line breaks to end it with.
 */
#include "report.h"

#include <inttypes.h>

#include "../analyzer/util/human.h"
#include "visible.h"
#include "stack.h"
#include "tables.h"

static const struct stack_style in_code = {
	.indent = "        ",
	.dim = "",
	.plain = "",
	.columns = 100,
};

static void put_run(FILE *file, const struct model_run *run, bool exact)
{
	fputs("# Memory report\n\n    ", file);
	if (!run->argc)
		visible_put(file, run->program);
	for (uint32_t i = 0; i < run->argc; i++) {
		if (i)
			putc(' ', file);
		visible_put(file, run->argv[i]);
	}
	fprintf(file,
		"\n\n| ended by | after | allocations | in total | peak | live at the end |\n"
		"|---|---|---|---|---|---|\n"
		"| %s, status %" PRId32 " | %s | %s | %s | %s | %s in %s block%s |\n",
		run->end_kind, run->end_status, human_duration(run->duration_ns).text,
		human_count(run->allocations).text, human_bytes(run->allocated_bytes, exact).text,
		human_bytes(run->peak_bytes, exact).text, human_bytes(run->live_bytes, exact).text,
		human_count(run->live_blocks).text, human_plural(run->live_blocks));
	if (run->limit_count)
		fputs("\n**What this trace could not see**\n\n", file);
	for (uint32_t i = 0; i < run->limit_count; i++)
		fprintf(file, "- %s\n", run->limits[i]);
}

static void put_finding(FILE *file, const struct model_finding *finding)
{
	static const char *const severities[] = {"error", "warning", "note"};

	fprintf(file, "- **%s: %s**, %s times\n\n        ", severities[finding->severity],
		finding->rule_name, human_count(finding->occurrences).text);
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

static void put_table(FILE *file, const struct model *model, const struct table *table,
		      const struct report_options *options)
{
	struct table_rows rows = tables_rows(model, table, options->top);

	if (rows.count)
		fprintf(file, "\n## %s\n\n", table->heading);
	for (uint32_t i = 0; i < rows.count; i++) {
		const struct model_site *site = rows.sites[i];

		fprintf(file, "- site %" PRIu32, site->id);
		for (const struct column *column = table->columns; column->heading; column++) {
			uint64_t value = tables_number(site, column->number);
			uint64_t whole = tables_total(&model->run, column->total);

			fprintf(file, ", %s %s", column->heading,
				column->kind == COLUMN_BYTES
					? human_bytes(value, options->exact_bytes).text
				: column->kind == COLUMN_SHARE ? human_share(value, whole).text
							       : human_count(value).text);
		}
		fprintf(file, ": %s; %s\n\n", site->api, site->why);
		stack_put(file, &site->stack, &in_code);
		putc('\n', file);
	}
	tables_free_rows(&rows);
}

static int write_markdown(const struct model *model, const struct report_options *options,
			  FILE *file)
{
	put_run(file, &model->run, options->exact_bytes);
	if (model->finding_count)
		fputs("\n## Errors and failures\n\n", file);
	for (uint32_t i = 0; i < model->finding_count; i++)
		put_finding(file, &model->findings[i]);
	for (const struct table *table = tables; table->heading; table++)
		put_table(file, model, table, options);
	return ferror(file) ? -1 : 0;
}

const struct report_format report_markdown = {"md", ".md", write_markdown};
