/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "visible.h"
#include "verdicts.h"
#include "words.h"

struct human text_bytes(const struct text *t, uint64_t value)
{
	return human_bytes(value, t->options->exact_bytes);
}

void text_put_heading(const struct text *t, const char *heading)
{
	fprintf(t->file, "\n%s%s%s\n", t->look.bold, heading, t->look.plain);
}

const char *text_verdict_color(const struct text *t, const struct model_site *site)
{
	if (verdicts_are_leaky(site->verdict))
		return t->look.red;
	return site->verdict == VERDICT_UNFREED || site->verdict == VERDICT_UNKNOWN ? t->look.yellow
										    : "";
}

static void put_children(const struct text *t)
{
	const struct model_run *run = &t->model->run;

	if (!run->child_count)
		return;
	text_put_heading(t, "Traces of its child processes");
	for (uint32_t i = 0; i < run->child_count; i++) {
		fputs("  ", t->file);
		visible_put(t->file, run->children[i]);
		putc('\n', t->file);
	}
}

/* One question of the reader's, answered alone. */
static void put_answer(const struct text *t)
{
	const struct report_options *options = t->options;
	const struct table *table = tables_by_name(options->sort ? options->sort : "bytes");

	text_put_header(t);
	text_put_limits(t, 0);
	if (options->site)
		text_put_site(t);
	else if (options->by && !strcmp(options->by, "thread"))
		text_put_threads(t);
	else if (options->by)
		text_put_groups(t, table);
	else if (table)
		text_put_table(t, table);
	if (options->sort && !strcmp(options->sort, "pinned"))
		text_put_fragmentation(t);
}

static void put_all(const struct text *t)
{
	unsigned count = 0;

	text_put_first_screen(t);
	text_put_findings(t);
	text_put_suspects(t);
	text_put_circles(t);
	text_put_savings(t);
	for (const struct table *table = tables; table->heading; table++)
		if (table->usual && (t->options->all_tables || count++ < 2))
			text_put_table(t, table);
	text_put_marks(t);
	text_put_classes(t);
	if (t->options->all_tables) {
		text_put_sizes(t);
		text_put_fragmentation(t);
	}
	put_children(t);
}

static int write_text(const struct model *model, const struct report_options *options, FILE *file)
{
	struct text t = {
		.model = model,
		.options = options,
		.file = file,
		.look = look_for(options),
	};
	bool grouped = options->by && strcmp(options->by, "stack") != 0;

	t.shown = calloc(model->site_count + 1, sizeof *t.shown);
	if (!t.shown)
		return -1;
	if (options->site || options->sort || grouped)
		put_answer(&t);
	else
		put_all(&t);
	free(t.shown);
	return ferror(file) ? -1 : 0;
}

const struct report_format report_text = {"text", ".txt", false, write_text};
