/* SPDX-License-Identifier: MIT */
/*
 * text.h - the parts of the report for terminals, private to the files text*.c.
 *
 * The first screen answers in at most TEXT_SCREEN_LINES lines of LOOK_COLUMNS columns, whatever was
 * recorded; what follows it are the details. Nothing depends on colour alone.
 */
#ifndef TENURE_TEXT_H
#define TENURE_TEXT_H

#include "look.h"
#include "tables.h"
#include "../analyzer/util/human.h"

#define TEXT_SCREEN_LINES 40

struct text {
	const struct model *model;
	const struct report_options *options;
	FILE *file;
	struct look look;
	bool *shown; /* sites whose stack is above, by position */
};

struct human text_bytes(const struct text *t, uint64_t value);
void text_put_heading(const struct text *t, const char *heading);
/* How a verdict looks: suspects stand out. */
const char *text_verdict_color(const struct text *t, const struct model_site *site);

/* text_first.c */
void text_put_first_screen(const struct text *t);
/* What was run and which part of it this is about, and what the trace could not see. */
void text_put_header(const struct text *t);
void text_put_limits(const struct text *t, unsigned lines); /* at most, 0: all */
/* After conclusions that depend on having seen everything. */
void text_put_reminder(const struct text *t);

/* text_numbers.c: the key numbers of the run. */
void text_put_numbers(const struct text *t);

/* text_findings.c */
void text_put_findings(const struct text *t);

/* text_classes.c; nothing without an interpreter. */
void text_put_classes(const struct text *t);

/* text_savings.c; nothing without any. */
void text_put_savings(const struct text *t);
/* What it is, in two thirds of a line at most. Returns how many columns that took. */
unsigned text_put_saving_title(const struct text *t, const struct model_saving *saving);

/* text_site.c */
/* The sites that leak or grow, with their evidence and stacks. */
void text_put_suspects(const struct text *t);
/* All that is known about the site options->site. */
void text_put_site(const struct text *t);
/* A name with a number and an amount. */
void text_put_line(const struct text *t, const char *name, const char *first, const char *second);

/* text_heap.c; nothing without a snapshot. */
void text_put_reachability(const struct text *t, const struct model_reachability *reachability);
void text_put_holders(const struct text *t, const struct model_site *site);

/* text_circles.c: blocks that hold each other; nothing if there are none. */
void text_put_circles(const struct text *t);

/* text_fragmentation.c */
void text_put_fragmentation(const struct text *t);

/* text_tables.c */
void text_put_table(const struct text *t, const struct table *table);
void text_put_groups(const struct text *t, const struct table *table);
void text_put_threads(const struct text *t);
void text_put_sizes(const struct text *t);
/* What was allocated between marks; nothing if there are none. */
void text_put_marks(const struct text *t);

#endif
