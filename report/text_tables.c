/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verdicts.h"
#include "visible.h"
#include "wrap.h"

static int width_of(const struct column *column)
{
	return column->kind == COLUMN_SHARE ? 6 : 14;
}

static void put_columns(const struct text *t, const struct table *table, const char *last)
{
	fputs(t->look.dim, t->file);
	for (const struct column *column = table->columns; column->heading; column++) {
		fprintf(t->file, "  %*s", width_of(column), column->heading);
		tables_put_error(t->file, &t->model->run, column, NULL);
	}
	fprintf(t->file, "  %s%s\n", last, t->look.plain);
}

static void put_cells(const struct text *t, const struct table *table,
		      const struct model_site *site)
{
	for (const struct column *column = table->columns; column->heading; column++) {
		fprintf(t->file, "  %*s", width_of(column),
			tables_cell(column, site, &t->model->run, t->options->exact_bytes).text);
		tables_put_error(t->file, &t->model->run, column, site);
	}
	fputs("  ", t->file);
}

/* The verdict, and the sentence that explains it. */
static void put_why(const struct text *t, const struct model_site *site)
{
	int length;

	fprintf(t->file, "%s%s", t->look.stack.indent, text_verdict_color(t, site));
	length = fprintf(t->file, "%s", verdicts_phrase(site->verdict));
	fprintf(t->file, "%s: %s", t->look.plain, t->look.dim);
	wrap_put(t->file, site->why, (unsigned)length + (unsigned)strlen(t->look.stack.indent) + 2,
		 t->look.stack.indent, LOOK_COLUMNS, 0);
	fputs(t->look.plain, t->file);
}

static void put_row(const struct text *t, const struct table *table, const struct model_site *site)
{
	bool *shown = &t->shown[site - t->model->sites];

	put_cells(t, table, site);
	fprintf(t->file, "%s#%" PRIu32 "%s ", t->look.bold, site->id, t->look.plain);
	if (*shown) {
		fputs("(above) ", t->file);
		stack_put_innermost(t->file, &site->stack, &t->look.stack);
		return;
	}
	*shown = true;
	fprintf(t->file, "%s\n", site->api);
	put_why(t, site);
	stack_put(t->file, &site->stack, &t->look.stack);
}

static void put_rest(const struct text *t, const struct table_rows *rows, const char *what)
{
	uint32_t left = rows->candidates - rows->count;

	if (left)
		fprintf(t->file, "  %s%s more %s%s not shown; --sites=N shows N, 0 all.%s\n",
			t->look.dim, human_count(left).text, what, left == 1 ? " is" : "s are",
			t->look.plain);
}

static bool put_if_empty(const struct text *t, const struct table *table,
			 const struct table_rows *rows)
{
	if (rows->count)
		return false;
	if (table->when_empty || t->options->sort) {
		text_put_heading(t, table->heading);
		fprintf(t->file, "  %s\n", table->when_empty ? table->when_empty : "None.");
		text_put_reminder(t);
	}
	return true;
}

void text_put_table(const struct text *t, const struct table *table)
{
	struct table_rows rows = tables_rows(t->model, table, t->options->top, false);

	if (!put_if_empty(t, table, &rows)) {
		text_put_heading(t, table->heading);
		put_columns(t, table, "site");
		for (uint32_t i = 0; i < rows.count; i++)
			put_row(t, table, rows.sites[i]);
		put_rest(t, &rows, "site");
		if (table->when_empty)
			text_put_reminder(t);
	}
	tables_free_rows(&rows);
}

/* Without the indentation that it has in its file. */
static void put_source(const struct text *t, const char *line)
{
	fprintf(t->file, "      %s", t->look.dim);
	visible_put(t->file, line + strspn(line, " \t"));
	fprintf(t->file, "%s\n", t->look.plain);
}

static void put_group(const struct text *t, const struct table *table, const struct model_site *sum)
{
	put_cells(t, table, sum);
	fputs(t->look.bold, t->file);
	if (*tables_group(sum)->name)
		visible_put(t->file, tables_group(sum)->name);
	else
		fputs("(unknown)", t->file);
	fputs(t->look.plain, t->file);
	if (sum->stacks > 1)
		fprintf(t->file, ", %s call stacks", human_count(sum->stacks).text);
	putc('\n', t->file);
	if (*tables_group(sum)->source)
		put_source(t, tables_group(sum)->source);
	put_why(t, sum);
}

void text_put_groups(const struct text *t, const struct table *table)
{
	const char *by = t->options->by;
	struct table_rows rows = tables_group_rows(tables_grouping(t->model, by), table,
						   t->options->top, false);

	if (!put_if_empty(t, table, &rows)) {
		fprintf(t->file, "\n%s%s, by %s%s\n", t->look.bold, table->heading, by,
			t->look.plain);
		put_columns(t, table, by);
		for (uint32_t i = 0; i < rows.count; i++)
			put_group(t, table, rows.sites[i]);
		put_rest(t, &rows, "group");
		if (table->when_empty)
			text_put_reminder(t);
	}
	tables_free_rows(&rows);
}

void text_put_sizes(const struct text *t)
{
	const struct model *model = t->model;

	if (!model->size_class_count)
		return;
	text_put_heading(t, "Sizes asked for");
	fprintf(t->file, "  %s%14s  %14s  %6s  %14s  %14s  %s%s\n", t->look.dim, "allocations",
		"bytes", "share", "live blocks", "live bytes", "from a size of", t->look.plain);
	for (uint32_t i = 0; i < model->size_class_count; i++) {
		const struct model_size_class *class = &model->size_classes[i];

		fprintf(t->file, "  %14s  %14s  %6s  %14s  %14s  %s\n",
			human_count(class->allocations).text,
			text_bytes(t, class->allocated_bytes).text,
			human_share(class->allocations, model->run.allocations).text,
			human_count(class->live_blocks).text, text_bytes(t, class->live_bytes).text,
			text_bytes(t, class->least).text);
	}
}

static void put_thread(const struct text *t, const struct model_thread *thread)
{
	fprintf(t->file, "  %14s  %12s  %14s  %12s  %12s  %14s  %s%" PRId32 "%s ",
		human_count(thread->allocations).text, text_bytes(t, thread->allocated_bytes).text,
		human_count(thread->frees).text, human_count(thread->remote_frees).text,
		text_bytes(t, thread->live_bytes).text, human_count(thread->live_blocks).text,
		t->look.bold, thread->tid, t->look.plain);
	visible_put(t->file, thread->name);
	putc('\n', t->file);
}

void text_put_threads(const struct text *t)
{
	uint32_t count = t->model->thread_count;
	uint32_t rows = t->options->top && t->options->top < count ? t->options->top : count;
	struct table_rows rest = {.count = rows, .candidates = count};

	text_put_heading(t, "Threads, by bytes allocated");
	fprintf(t->file, "  %s%14s  %12s  %14s  %12s  %12s  %14s  thread%s\n", t->look.dim,
		"allocations", "bytes", "releases", "of others'", "still live", "blocks",
		t->look.plain);
	for (uint32_t i = 0; i < rows; i++)
		put_thread(t, &t->model->threads[i]);
	put_rest(t, &rest, "thread");
}

static int compare_numbers(uint64_t x, uint64_t y)
{
	return x == y ? 0 : x < y ? 1 : -1;
}

/* What leaves most behind first; the rest in order of first mark. */
static int compare_epochs(const void *a, const void *b)
{
	const struct model_epoch *x = *(const struct model_epoch *const *)a;
	const struct model_epoch *y = *(const struct model_epoch *const *)b;
	int order = compare_numbers(x->left_bytes, y->left_bytes);

	if (!order)
		order = compare_numbers(x->left_blocks, y->left_blocks);
	if (!order)
		order = compare_numbers(x->live_bytes, y->live_bytes);
	return order ? order : x < y ? -1 : x > y;
}

static void put_epoch(const struct text *t, const struct model_epoch *epoch)
{
	fprintf(t->file, "  %8s  %12s  %12s  %12s  %12s  %12s  %s", human_count(epoch->marks).text,
		human_count(epoch->allocations).text, text_bytes(t, epoch->allocated_bytes).text,
		human_count(epoch->left_blocks).text, text_bytes(t, epoch->left_bytes).text,
		text_bytes(t, epoch->live_bytes).text, t->look.bold);
	visible_put(t->file, epoch->name);
	fprintf(t->file, "%s\n", t->look.plain);
}

void text_put_marks(const struct text *t)
{
	const struct model *model = t->model;
	uint32_t count = model->epoch_count;
	uint32_t top = t->options->top && t->options->top < count ? t->options->top : count;
	struct table_rows rest = {.count = top, .candidates = count};
	const struct model_epoch **rows;

	rows = count ? calloc(count, sizeof *rows) : NULL;
	if (!rows)
		return;
	for (uint32_t i = 0; i < count; i++)
		rows[i] = &model->epochs[i];
	qsort(rows, count, sizeof *rows, compare_epochs);
	text_put_heading(t, "By mark, by bytes left behind");
	fprintf(t->file, "  %s%8s  %12s  %12s  %12s  %12s  %12s  mark%s\n", t->look.dim, "times",
		"allocations", "bytes", "left blocks", "left behind", "still live", t->look.plain);
	for (uint32_t i = 0; i < top; i++)
		put_epoch(t, rows[i]);
	put_rest(t, &rest, "name");
	free(rows);
}
