/* SPDX-License-Identifier: MIT */
/*
 * columns.h - sites with their stacks and numbers as columns of JSON, for scripts to draw from.
 *
 *   strings    once each, made visible; all other members have indices of them
 *   frames     function, file, line, module, flags (forest.h)
 *   nodes      the tree of stacks in preorder: `up` rows above is the parent; frame
 *   metrics    key, label, unit, with, total: what sites have numbers of
 *   verdicts   in words
 *   sites      id less that of the row before, node, verdict, confidence, api, growth, median_age, and
 *              a column by metric; rows with id 0 stand for several, as their node's frame says; in a
 *              comparison, also `old`: the columns by metric of the other run
 *
 * All numbers are integers below 2^53.
 */
#ifndef TENURE_REPORT_HTML_COLUMNS_H
#define TENURE_REPORT_HTML_COLUMNS_H

#include <stdbool.h>

#include "../json_writer.h"
#include "forest.h"

#define COLUMNS_METRICS_MAX 16

struct metric {
	const char *key; /* for scripts */
	const char *label; /* for people */
	bool bytes; /* else a count */
	const char *with; /* key of the count or the bytes of the same blocks; NULL: none */
};

/* A row before anything is folded: a site, or a chain of functions in two runs. */
struct column_item {
	uint32_t id; /* never 0 */
	const struct model_site *site; /* whose stack and verdict these are */
	bool keep; /* never folded */
	uint64_t values[COLUMNS_METRICS_MAX], old_values[COLUMNS_METRICS_MAX]; /* by metric */
};

struct column_row; /* as it is written */

/* Fill in the first part, zero the rest; then columns_fold; end with columns_release. */
struct columns {
	const struct metric *metrics;
	unsigned metric_count;
	struct column_item *items; /* yours, as are the metrics */
	size_t item_count;
	bool compared; /* old_values mean something */
	bool all_frames;

	/* Own */
	struct forest forest;
	uint32_t *nodes; /* by item */
	double *weights; /* of all items, the largest first */
	uint64_t totals[COLUMNS_METRICS_MAX];
	struct column_row *rows;
	size_t row_count;
	uint32_t folded; /* items that are part of a row of several */
};

/* Makes the rows, with no more than so many items in rows of their own, but for those to keep: those that
 * have the largest shares of any metric, and whole subtrees by their sums. May be done again. */
void columns_fold(struct columns *c, size_t most_rows);

/* After columns_fold: an item that has a row of its own. */
bool columns_keep(const struct columns *c, size_t item);

/* The members, into an object. */
void columns_put(const struct columns *c, struct json_writer *w);

void columns_release(struct columns *c);

/* A member that is an array of numbers. */
#define COLUMNS_PUT(w, key, count, value) \
	do { \
		json_array_begin((w), (key)); \
		for (size_t i = 0; i < (count); i++) \
			columns_put_number((w), NULL, (value)); \
		json_end(w); \
	} while (0)

/* The nearest that scripts can tell apart from its neighbours. */
void columns_put_number(struct json_writer *w, const char *key, uint64_t value);

#endif
