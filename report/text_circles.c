/* SPDX-License-Identifier: MIT */
/* Blocks that hold each other and that nothing else holds. */
#define _GNU_SOURCE /* open_memstream */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "circles.h"
#include "wrap.h"

#define INDENT "      "

static void put_paragraph(const struct text *t, const struct model_cycle *cycle, const char *indent,
			  bool walk)
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	if (!file)
		return;
	if (walk)
		circles_put_walk(file, cycle);
	else
		circles_put_amount(file, cycle, t->options->exact_bytes);
	if (!fclose(file)) {
		unsigned used = (unsigned)fprintf(t->file, "%s", indent);

		wrap_put(t->file, text, used, INDENT, LOOK_COLUMNS, 0);
	}
	free(text);
}

/* What was made where. */
static void put_node(const struct text *t, const struct model_cycle_node *node)
{
	if (!node->stack.frame_count)
		return;
	fprintf(t->file, INDENT "%s#%" PRIu32 " ", t->look.dim, node->site);
	if (*node->type) {
		wrap_put_cut(t->file, node->type, LOOK_COLUMNS / 2);
		fputs(": ", t->file);
	}
	stack_put_name(t->file, &node->stack, LOOK_COLUMNS / 2);
	fprintf(t->file, "%s\n", t->look.plain);
}

void text_put_circles(const struct text *t)
{
	const struct model_snapshot *s = &t->model->snapshot;
	uint32_t top = t->options->top, shown = 0;
	uint64_t told = 0;

	if (!s->cycle_count)
		return;
	text_put_heading(t, "Blocks that hold each other");
	for (; shown < s->cycle_count && (!top || shown < top); shown++) {
		const struct model_cycle *cycle = &s->cycles[shown];

		put_paragraph(t, cycle, "  ", false);
		put_paragraph(t, cycle, INDENT, true);
		for (uint32_t i = 0; i < cycle->node_count; i++)
			if (!circles_is_repeated(cycle, i))
				put_node(t, &cycle->nodes[i]);
		told += cycle->times;
	}
	if (s->cycles_in_all > told)
		fprintf(t->file, "  %s%s more circle%s of less memory %s not shown.%s\n",
			t->look.dim, human_count(s->cycles_in_all - told).text,
			human_plural(s->cycles_in_all - told),
			s->cycles_in_all - told == 1 ? "is" : "are", t->look.plain);
}
