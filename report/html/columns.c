/* SPDX-License-Identifier: MIT */
#include "columns.h"

#include <math.h>
#include <stdlib.h>

#include "../../analyzer/util/array.h"
#include "../verdicts.h"

#define EXACT_MAX (1ull << 53)
#define KEPT (2.0 * COLUMNS_METRICS_MAX) /* more than all shares together */

/* An item, or several that were folded. */
struct column_row {
	uint32_t id, node;
	enum verdict verdict;
	uint32_t confidence_percent, api;
	int64_t growth, median_age;
	uint64_t values[COLUMNS_METRICS_MAX], old_values[COLUMNS_METRICS_MAX];
};

/* The largest share that an item has of anything. */
static double weight_of(const struct columns *c, const struct column_item *item)
{
	double weight = 0;

	if (item->keep)
		return KEPT;
	for (unsigned i = 0; i < c->metric_count; i++) {
		double share = c->totals[i] ? (double)(item->values[i] + item->old_values[i]) /
						      (double)c->totals[i]
					    : 0;

		if (share > weight)
			weight = share;
	}
	return weight;
}

static int compare_weights(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void grow_forest(struct columns *c)
{
	for (size_t i = 0; i < c->item_count; i++)
		for (unsigned k = 0; k < c->metric_count; k++)
			c->totals[k] += c->items[i].values[k] + c->items[i].old_values[k];
	c->nodes = xcalloc(c->item_count, sizeof *c->nodes);
	c->rows = xcalloc(c->item_count, sizeof *c->rows);
	c->weights = xcalloc(c->item_count, sizeof *c->weights);
	for (size_t i = 0; i < c->item_count; i++) {
		c->weights[i] = weight_of(c, &c->items[i]);
		c->nodes[i] = forest_add(&c->forest, &c->items[i].site->stack, c->all_frames,
					 c->weights[i]);
	}
	qsort(c->weights, c->item_count, sizeof *c->weights, compare_weights);
}

/* The weight that what is not folded has at least: more than the first one that has no room. */
static double least_weight(const struct columns *c, size_t most_rows)
{
	if (most_rows >= c->item_count)
		return 0;
	return most_rows ? fmin(nextafter(c->weights[most_rows], INFINITY), KEPT) : KEPT;
}

static int64_t rounded_growth(const struct model_growth *growth)
{
	double rate = growth->known ? growth->bytes_per_s : 0;

	return rate > 1e15 || rate < -1e15 ? 0 : (int64_t)rate;
}

static void describe(struct columns *c, struct column_row *row, const struct column_item *item)
{
	const struct model_site *site = item->site;

	row->id = item->id;
	row->verdict = site->verdict;
	row->confidence_percent = (uint32_t)(100 * site->confidence + 0.5);
	row->api = forest_string(&c->forest, site->api);
	row->growth = rounded_growth(&site->growth);
	if (site->survival.has_median)
		row->median_age = (int64_t)(site->survival.median_age < EXACT_MAX
						    ? site->survival.median_age
						    : EXACT_MAX);
}

static void add_values(const struct columns *c, struct column_row *row,
		       const struct column_item *item)
{
	for (unsigned k = 0; k < c->metric_count; k++) {
		row->values[k] += item->values[k];
		row->old_values[k] += item->old_values[k];
	}
}

void columns_fold(struct columns *c, size_t most_rows)
{
	uint32_t *row_of_node;

	if (!c->nodes)
		grow_forest(c);
	forest_seal(&c->forest, least_weight(c, most_rows));
	row_of_node = xcalloc(c->forest.row_count, sizeof *row_of_node);
	c->row_count = c->folded = 0;
	for (size_t i = 0; i < c->item_count; i++) {
		const struct forest_node *node = &c->forest.nodes[c->nodes[i]];
		struct column_row *row = &c->rows[c->row_count];

		c->folded += node->folded;
		if (node->folded && row_of_node[node->row]) {
			row = &c->rows[row_of_node[node->row] - 1];
		} else {
			*row = (struct column_row){.node = node->row, .median_age = -1};
			c->row_count++;
			if (node->folded)
				row_of_node[node->row] = (uint32_t)c->row_count;
			else
				describe(c, row, &c->items[i]);
		}
		add_values(c, row, &c->items[i]);
	}
	free(row_of_node);
}

bool columns_keep(const struct columns *c, size_t item)
{
	return !c->forest.nodes[c->nodes[item]].folded;
}

void columns_put_number(struct json_writer *w, const char *key, uint64_t value)
{
	json_uint(w, key, value < EXACT_MAX ? value : EXACT_MAX);
}

/* New numbers for those of many things that are used, in their order. */
struct renumbering {
	uint32_t *numbers; /* by old number; first whether it is used */
	uint32_t *used; /* old numbers */
	size_t count;
};

static void number(struct renumbering *n, size_t count)
{
	n->used = xcalloc(count, sizeof *n->used);
	n->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!n->numbers[i])
			continue;
		n->numbers[i] = (uint32_t)n->count;
		n->used[n->count++] = (uint32_t)i;
	}
}

static void forget(struct renumbering *n)
{
	free(n->numbers);
	free(n->used);
}

/* What is folded leaves frames and strings behind that no row needs. */
struct used {
	struct renumbering frames, strings;
};

static struct used find_used(const struct columns *c)
{
	const struct forest *f = &c->forest;
	struct used used = {
		.frames.numbers = xcalloc(f->frames.count, sizeof *used.frames.numbers),
		.strings.numbers = xcalloc(f->strings.count, sizeof *used.strings.numbers),
	};

	for (size_t i = 0; i < f->row_count; i++)
		used.frames.numbers[f->rows[i].frame] = 1;
	number(&used.frames, f->frames.count);
	used.strings.numbers[0] = 1;
	for (size_t i = 0; i < used.frames.count; i++) {
		const struct forest_frame *frame = forest_frame(f, used.frames.used[i]);

		used.strings.numbers[frame->function] = 1;
		used.strings.numbers[frame->file] = 1;
		used.strings.numbers[frame->module] = 1;
	}
	for (size_t i = 0; i < c->row_count; i++)
		used.strings.numbers[c->rows[i].api] = 1;
	number(&used.strings, f->strings.count);
	return used;
}

/* A column of the frames that are used. */
#define PUT_FRAMES(w, key, value) \
	do { \
		json_array_begin((w), (key)); \
		for (size_t i = 0; i < used->frames.count; i++) { \
			const struct forest_frame *frame = forest_frame(f, used->frames.used[i]); \
			columns_put_number((w), NULL, (value)); \
		} \
		json_end(w); \
	} while (0)

static void put_forest(const struct forest *f, const struct used *used, struct json_writer *w)
{
	const uint32_t *strings = used->strings.numbers;

	json_array_begin(w, "strings");
	for (size_t i = 0; i < used->strings.count; i++)
		json_string(w, NULL, forest_text(f, used->strings.used[i]));
	json_end(w);
	json_object_begin(w, "frames");
	PUT_FRAMES(w, "function", strings[frame->function]);
	PUT_FRAMES(w, "file", strings[frame->file]);
	PUT_FRAMES(w, "line", frame->line);
	PUT_FRAMES(w, "module", strings[frame->module]);
	PUT_FRAMES(w, "flags", frame->flags);
	json_end(w);
	json_object_begin(w, "nodes");
	COLUMNS_PUT(w, "up", f->row_count, f->rows[i].up);
	COLUMNS_PUT(w, "frame", f->row_count, used->frames.numbers[f->rows[i].frame]);
	json_end(w);
}

static void put_metrics(const struct columns *c, struct json_writer *w)
{
	json_array_begin(w, "metrics");
	for (unsigned i = 0; i < c->metric_count; i++) {
		const struct metric *metric = &c->metrics[i];
		uint64_t total = 0;

		for (size_t k = 0; k < c->item_count; k++)
			total += c->items[k].values[i];
		json_object_begin(w, NULL);
		json_string(w, "key", metric->key);
		json_string(w, "label", metric->label);
		json_string(w, "unit", metric->bytes ? "bytes" : "count");
		if (metric->with)
			json_string(w, "with", metric->with);
		else
			json_null(w, "with");
		columns_put_number(w, "total", total);
		json_end(w);
	}
	json_end(w);
	json_array_begin(w, "verdicts");
	for (int i = 0; i < VERDICTS; i++)
		json_string(w, NULL, verdicts_phrase((enum verdict)i));
	json_end(w);
}

static void put_rows(const struct columns *c, const struct used *used, struct json_writer *w)
{
	json_object_begin(w, "sites");
	json_array_begin(w, "id");
	for (size_t i = 0; i < c->row_count; i++)
		json_int(w, NULL, (int64_t)c->rows[i].id - (i ? c->rows[i - 1].id : 0));
	json_end(w);
	COLUMNS_PUT(w, "node", c->row_count, c->rows[i].node);
	COLUMNS_PUT(w, "verdict", c->row_count, (uint64_t)c->rows[i].verdict);
	COLUMNS_PUT(w, "confidence", c->row_count, c->rows[i].confidence_percent);
	COLUMNS_PUT(w, "api", c->row_count, used->strings.numbers[c->rows[i].api]);
	json_array_begin(w, "growth");
	for (size_t i = 0; i < c->row_count; i++)
		json_int(w, NULL, c->rows[i].growth);
	json_end(w);
	json_array_begin(w, "median_age");
	for (size_t i = 0; i < c->row_count; i++)
		json_int(w, NULL, c->rows[i].median_age);
	json_end(w);
	for (unsigned k = 0; k < c->metric_count; k++)
		COLUMNS_PUT(w, c->metrics[k].key, c->row_count, c->rows[i].values[k]);
	if (c->compared) {
		json_object_begin(w, "old");
		for (unsigned k = 0; k < c->metric_count; k++)
			COLUMNS_PUT(w, c->metrics[k].key, c->row_count, c->rows[i].old_values[k]);
		json_end(w);
	}
	json_end(w);
}

void columns_put(const struct columns *c, struct json_writer *w)
{
	struct used used = find_used(c);

	put_forest(&c->forest, &used, w);
	put_metrics(c, w);
	put_rows(c, &used, w);
	forget(&used.frames);
	forget(&used.strings);
}

void columns_release(struct columns *c)
{
	forest_release(&c->forest);
	free(c->nodes);
	free(c->weights);
	free(c->rows);
	c->nodes = NULL;
	c->weights = NULL;
	c->rows = NULL;
}
