/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* open_memstream */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "savings.h"
#include "wrap.h"

#define ROWS_MAX 3 /* unless all tables are asked for */
#define INDENT 6

unsigned text_put_saving_title(const struct text *t, const struct model_saving *saving)
{
	char *title = NULL;
	size_t bytes;
	FILE *file = open_memstream(&title, &bytes);
	unsigned used;

	if (!file)
		return 0;
	savings_put_title(file, saving, t->options->exact_bytes);
	fclose(file);
	fprintf(t->file, "  %s", t->look.bold);
	used = wrap_put_cut(t->file, title, LOOK_COLUMNS * 2 / 3);
	fputs(t->look.plain, t->file);
	free(title);
	return used + 2;
}

static void put_saving(const struct text *t, const struct model_saving *saving)
{
	char *sentences = NULL;
	size_t bytes;
	FILE *file = open_memstream(&sentences, &bytes);
	unsigned used;

	if (!file)
		return;
	savings_put(file, saving, t->options->exact_bytes);
	fclose(file);
	putc('\n', t->file);
	used = text_put_saving_title(t, saving);
	if (saving->site)
		used += (unsigned)fprintf(t->file, "  #%" PRIu32, saving->site);
	putc(' ', t->file);
	stack_put_own(t->file, &saving->stack, LOOK_COLUMNS - used - 1);
	fprintf(t->file, "%*s", INDENT, "");
	wrap_put(t->file, sentences, INDENT, "      ", LOOK_COLUMNS, 0);
	free(sentences);
}

void text_put_savings(const struct text *t)
{
	uint32_t count = t->model->saving_count;
	uint32_t rows = t->options->all_tables || count < ROWS_MAX ? count : ROWS_MAX;

	if (!count)
		return;
	text_put_heading(t, "What would take less memory");
	for (uint32_t i = 0; i < rows; i++)
		put_saving(t, &t->model->savings[i]);
	if (rows < count)
		fprintf(t->file, "\n  %s more are not shown; --sites=N shows all.\n",
			human_count(count - rows).text);
}
