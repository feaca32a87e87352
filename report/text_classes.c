/* SPDX-License-Identifier: MIT */
/* How many objects of Python there are of which class. */
#include "text.h"

#include "visible.h"
#include "words.h"

#define ROWS_USUAL 10u

static void put_class(const struct text *t, const struct model_class *class)
{
	fprintf(t->file, "%16s  %12s  %16s  %12s  ", text_bytes(t, class->bytes).text,
		human_count(class->objects).text, text_bytes(t, class->recent_bytes).text,
		human_count(class->recent_objects).text);
	visible_put(t->file, class->name);
	putc('\n', t->file);
}

void text_put_classes(const struct text *t)
{
	const struct model_snapshot *s = &t->model->snapshot;
	uint32_t top = t->options->top > ROWS_USUAL || !t->options->top ? t->options->top
									: ROWS_USUAL;
	uint32_t rows = top && top < s->class_count ? top : s->class_count;

	if (!s->class_count)
		return;
	text_put_heading(t, "Objects by class, with what is theirs alone");
	fprintf(t->file, "  %s%14s  %12s  %16s  %12s  class%s\n", t->look.dim, "bytes", "objects",
		"new bytes", "new objects", t->look.plain);
	for (uint32_t i = 0; i < rows; i++)
		put_class(t, &s->classes[i]);
	fprintf(t->file,
		"  %sNew is what was made from %s on, %s; --sites=N shows N of all %s.%s\n",
		t->look.dim, human_duration(s->recent_ns).text,
		s->count > 1 ? "when the snapshot before was taken" : "half of the time",
		human_count(s->class_count).text, t->look.plain);
}
