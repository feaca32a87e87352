/* SPDX-License-Identifier: MIT */
/* For pull requests. What comes from the programs stands in indented code, as in markdown.c. */
#include "diff_format.h"

#include <inttypes.h>

#include "../analyzer/util/human.h"
#include "stack.h"
#include "verdicts.h"
#include "visible.h"

static const struct stack_style in_code = {
	.indent = "        ",
	.dim = "",
	.plain = "",
	.columns = 100,
};

struct markdown {
	const struct model_diff *diff;
	const struct report_options *options;
	FILE *file;
};

static void put_cautions(const struct markdown *m)
{
	const struct model_run *runs[] = {&m->diff->old_model->run, &m->diff->new_model->run};

	for (int i = 0; i < 2; i++)
		for (uint32_t k = 0; k < runs[i]->limit_count; k++) {
			fprintf(m->file, "- What the %s trace could not see:\n\n        ",
				i ? "new" : "old");
			visible_put(m->file, runs[i]->limits[k]);
			fputs("\n\n", m->file);
		}
	for (uint32_t i = 0; i < m->diff->note_count; i++) {
		fputs("- Mind that\n\n        ", m->file);
		visible_put(m->file, m->diff->notes[i]);
		fputs("\n\n", m->file);
	}
}

static void put_change(const struct markdown *m, const struct model_change *change)
{
	const struct model_change_side *before = &change->old_side, *after = &change->new_side;
	enum measure measure = m->diff->measure;

	fprintf(m->file, "- **%s**: %s, %s before; ", diff_format_kind(change->kind),
		diff_format_amount(m->diff, m->options, after->values[measure]).text,
		diff_format_amount(m->diff, m->options, before->values[measure]).text);
	if (change->verdict_changed)
		fprintf(m->file, "was %s, **now %s**", verdicts_adjective(before->verdict),
			verdicts_adjective(after->verdict));
	else
		fputs(verdicts_adjective(after->site ? after->verdict : before->verdict), m->file);
	fputs("\n\n", m->file);
	stack_put(m->file, &diff_format_site(change)->stack, &in_code);
	putc('\n', m->file);
}

static void put_kind(const struct markdown *m, enum change_kind kind)
{
	uint32_t top = m->options->top;
	uint32_t count;
	const struct model_change *rows = diff_format_rows(m->diff, kind, &count);
	uint32_t shown = top && top < count ? top : count;

	for (uint32_t i = 0; i < shown; i++)
		put_change(m, &rows[i]);
	if (shown < count)
		fprintf(m->file, "- %s more that %s\n", human_count(count - shown).text,
			diff_format_kind(kind));
}

static int write_markdown(const struct model_diff *diff, const struct report_options *options,
			  FILE *file)
{
	struct markdown m = {diff, options, file};
	uint32_t count;
	const struct model_change *same = diff_format_rows(diff, CHANGE_SAME, &count);

	fprintf(file, "# Memory %s\n\n", diff_format_heading(diff->measure));
	put_cautions(&m);
	fprintf(file, "| old | new | appeared | grew | shrank | vanished | same |\n"
		      "|---|---|---|---|---|---|---|\n");
	fprintf(file, "| %s | %s |",
		diff_format_amount(diff, options, diff->old_totals[diff->measure]).text,
		diff_format_amount(diff, options, diff->new_totals[diff->measure]).text);
	for (int kind = 0; kind < CHANGE_KINDS; kind++)
		fprintf(file, " %s |", human_count(diff->counts[kind]).text);
	fputs("\n\n", file);
	for (int kind = 0; kind < CHANGE_SAME; kind++)
		put_kind(&m, (enum change_kind)kind);
	for (uint32_t i = 0; i < count; i++)
		if (diff_format_turned(&same[i]))
			put_change(&m, &same[i]);
	return ferror(file) ? -1 : 0;
}

const struct diff_format diff_format_markdown = {"md", ".md", write_markdown};
