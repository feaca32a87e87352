/* SPDX-License-Identifier: MIT */
#include "data.h"

#include <stdlib.h>

#include "../../analyzer/util/array.h"
#include "../verdicts.h"
#include "embed.h"

#define SITE_NUMBER(name, expression) \
	static uint64_t name(const struct model_site *site) \
	{ \
		return expression; \
	}
SITE_NUMBER(live_bytes, site->live_bytes)
SITE_NUMBER(live_blocks, site->live_blocks)
SITE_NUMBER(leaked_bytes, verdicts_are_leaky(site->verdict) ? site->live_bytes : 0)
SITE_NUMBER(leaked_blocks, verdicts_are_leaky(site->verdict) ? site->live_blocks : 0)
SITE_NUMBER(peak_bytes, site->peak_bytes)
SITE_NUMBER(peak_blocks, site->peak_blocks)
SITE_NUMBER(allocated_bytes, site->allocated_bytes)
SITE_NUMBER(allocations, site->allocations)
SITE_NUMBER(temporary, site->temporary)
SITE_NUMBER(young_bytes, site->generations[0].bytes)
SITE_NUMBER(middle_bytes, site->generations[1].bytes)
SITE_NUMBER(old_bytes, site->generations[2].bytes)
SITE_NUMBER(pinned_bytes, site->pinned_bytes)

static const struct {
	struct metric metric;
	uint64_t (*value)(const struct model_site *site);
} numbers[] = {
	{{"live_bytes", "Live at the end", true, "live_blocks"}, live_bytes},
	{{"live_blocks", "Live at the end, blocks", false, "live_bytes"}, live_blocks},
	{{"leaked_bytes", "Leaks and grows", true, "leaked_blocks"}, leaked_bytes},
	{{"leaked_blocks", "Leaks and grows, blocks", false, "leaked_bytes"}, leaked_blocks},
	{{"peak_bytes", "At the peak", true, "peak_blocks"}, peak_bytes},
	{{"peak_blocks", "At the peak, blocks", false, "peak_bytes"}, peak_blocks},
	{{"allocated_bytes", "Allocated in total", true, "allocations"}, allocated_bytes},
	{{"allocations", "Allocations", false, "allocated_bytes"}, allocations},
	{{"temporary", "Temporary allocations", false, NULL}, temporary},
	{{"young_bytes", "Live at the end, young", true, NULL}, young_bytes},
	{{"middle_bytes", "Live at the end, middle", true, NULL}, middle_bytes},
	{{"old_bytes", "Live at the end, old", true, NULL}, old_bytes},
	{{"pinned_bytes", "Pinned free bytes", true, NULL}, pinned_bytes},
};

#define NUMBERS (sizeof numbers / sizeof *numbers)

_Static_assert(NUMBERS <= COLUMNS_METRICS_MAX, "a row has room for all numbers");

/* Those that are not 0 everywhere; and the numbers of all sites by them. */
static unsigned fill_items(const struct model *model, struct column_item *items,
			   struct metric *metrics)
{
	unsigned count = 0;

	for (size_t k = 0; k < NUMBERS; k++) {
		uint64_t total = 0;

		for (uint32_t i = 0; i < model->site_count; i++)
			total += items[i].values[count] = numbers[k].value(&model->sites[i]);
		if (total)
			metrics[count++] = numbers[k].metric;
	}
	for (uint32_t i = 0; i < model->site_count; i++) {
		const struct model_site *site = &model->sites[i];

		items[i].id = site->id;
		items[i].site = site;
		items[i].keep = verdicts_are_leaky(site->verdict);
	}
	return count;
}

static const char *age_unit(const struct model_run *run)
{
	return run->age_clock == AGE_NS		   ? "ns"
	       : run->age_clock == AGE_ALLOCATIONS ? "allocations"
						   : "bytes";
}

static int compare_cells(const void *a, const void *b)
{
	const struct model_lexis_cell *x = a;
	const struct model_lexis_cell *y = b;

	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	if (x->birth != y->birth)
		return x->birth < y->birth ? -1 : 1;
	if (x->age != y->age)
		return x->age < y->age ? -1 : 1;
	return (int)x->alive - (int)y->alive;
}

/* By site, which deflates best. Sites that were folded have no place of their own here either. You own
 * the cells. */
static struct model_lexis_cell *fold_cells(const struct model_lexis *lexis,
					   const struct columns *columns, uint32_t *count)
{
	struct model_lexis_cell *cells = xcalloc(lexis->cell_count, sizeof *cells);

	*count = 0;
	for (uint32_t i = 0; i < lexis->cell_count; i++) {
		cells[i] = lexis->cells[i];
		if (cells[i].site && !columns_keep(columns, cells[i].site - 1))
			cells[i].site = 0;
	}
	qsort(cells, lexis->cell_count, sizeof *cells, compare_cells);
	for (uint32_t i = 0; i < lexis->cell_count; i++) {
		if (*count && !compare_cells(&cells[*count - 1], &cells[i])) {
			cells[*count - 1].blocks += cells[i].blocks;
			cells[*count - 1].bytes += cells[i].bytes;
		} else {
			cells[(*count)++] = cells[i];
		}
	}
	return cells;
}

static void put_lexis(struct json_writer *w, const struct model *model,
		      const struct columns *columns)
{
	const struct model_lexis *lexis = &model->lexis;
	struct model_lexis_cell *cells;
	uint32_t count;

	if (!lexis->cell_count) {
		json_null(w, "lexis");
		return;
	}
	cells = fold_cells(lexis, columns, &count);
	json_object_begin(w, "lexis");
	COLUMNS_PUT(w, "birth_ns", lexis->birth_count, lexis->birth_ns[i]);
	columns_put_number(w, "end_ns", model->run.duration_ns);
	COLUMNS_PUT(w, "ages", lexis->age_count, lexis->ages[i]);
	json_string(w, "age_unit", age_unit(&model->run));
	json_object_begin(w, "cells");
	COLUMNS_PUT(w, "birth", count, cells[i].birth);
	COLUMNS_PUT(w, "age", count, cells[i].age);
	COLUMNS_PUT(w, "alive", count, cells[i].alive);
	COLUMNS_PUT(w, "site", count, cells[i].site - (i ? cells[i - 1].site : 0));
	COLUMNS_PUT(w, "blocks", count, cells[i].blocks);
	COLUMNS_PUT(w, "bytes", count, cells[i].bytes);
	json_end(w);
	json_end(w);
	free(cells);
}

/* A column of the census, between rows for the start and the end of the run. */
#define PUT_CENSUS(w, key, model, at_row, at_end) \
	do { \
		const struct model_census *census = (model)->census; \
		json_array_begin((w), (key)); \
		columns_put_number((w), NULL, 0); \
		for (uint32_t i = 0; i < (model)->census_count; i++) \
			columns_put_number((w), NULL, census[i].at_row); \
		columns_put_number((w), NULL, (model)->run.at_end); \
		json_end(w); \
	} while (0)

static void put_series(struct json_writer *w, const struct model *model)
{
	json_object_begin(w, "series");
	PUT_CENSUS(w, "ns", model, ns, duration_ns);
	PUT_CENSUS(w, "live", model, live_bytes, live_bytes);
	PUT_CENSUS(w, "young", model, bytes[0], generations[0].bytes);
	PUT_CENSUS(w, "middle", model, bytes[1], generations[1].bytes);
	PUT_CENSUS(w, "old", model, bytes[2], generations[2].bytes);
	json_object_begin(w, "resident");
	COLUMNS_PUT(w, "ns", model->resident_count, model->resident[i].ns);
	COLUMNS_PUT(w, "bytes", model->resident_count, model->resident[i].bytes);
	json_end(w);
	json_end(w);
}

static void put_run(struct json_writer *w, const struct model_run *run, bool exact_bytes)
{
	json_object_begin(w, "run");
	columns_put_number(w, "duration_ns", run->duration_ns);
	columns_put_number(w, "peak_ns", run->peak_ns);
	columns_put_number(w, "peak_bytes", run->peak_bytes);
	columns_put_number(w, "live_bytes", run->live_bytes);
	COLUMNS_PUT(w, "generation_ages", GENERATIONS - 1, run->generation_ages[i]);
	json_string(w, "age_unit", age_unit(run));
	json_bool(w, "exact", exact_bytes);
	json_end(w);
}

static void put_regions(struct json_writer *w, const struct model_fragmentation *f)
{
	json_array_begin(w, "regions");
	for (uint32_t k = 0; k < f->region_count; k++) {
		const struct model_region *region = &f->regions[k];
		char start[24];

		snprintf(start, sizeof start, "%#llx",
			 (unsigned long long)(region->start & ~4095ull));
		json_object_begin(w, NULL);
		json_string(w, "start", start);
		columns_put_number(w, "pages", region->map_pages);
		COLUMNS_PUT(w, "occupied", region->map_count, region->map[i].occupied);
		COLUMNS_PUT(w, "live", region->map_count, region->map[i].live_bytes);
		COLUMNS_PUT(w, "pinned", region->map_count, region->map[i].pinned_bytes);
		COLUMNS_PUT(w, "site", region->map_count, region->map[i].site);
		json_end(w);
	}
	json_end(w);
}

struct report {
	const struct model *model;
	const struct columns *columns;
	bool exact_bytes;
};

static void put_rest(struct json_writer *w, const void *context)
{
	const struct report *report = context;

	put_lexis(w, report->model, report->columns);
	put_series(w, report->model);
	put_run(w, &report->model->run, report->exact_bytes);
	put_regions(w, &report->model->fragmentation);
}

uint32_t data_put(FILE *file, const struct model *model, const struct report_options *options,
		  size_t most_bytes)
{
	struct metric metrics[NUMBERS];
	struct columns columns = {
		.metrics = metrics,
		.items = xcalloc(model->site_count, sizeof *columns.items),
		.item_count = model->site_count,
		.all_frames = options->all_frames,
	};
	struct report report = {model, &columns, options->exact_bytes};

	columns.metric_count = fill_items(model, columns.items, metrics);
	embed_put(file, "report", &columns, put_rest, &report, most_bytes);
	columns_release(&columns);
	free(columns.items);
	return columns.folded;
}
