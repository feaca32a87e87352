/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* qsort_r */
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "visible.h"
#include "words.h"

#define ERROR_COLUMNS 8 /* of " ± 100 %" */

#define SITE_NUMBER(name) \
	static uint64_t name(const struct model_site *site) \
	{ \
		return site->name; \
	}
SITE_NUMBER(allocations)
SITE_NUMBER(allocated_bytes)
SITE_NUMBER(live_blocks)
SITE_NUMBER(live_bytes)
SITE_NUMBER(peak_blocks)
SITE_NUMBER(peak_bytes)
SITE_NUMBER(temporary)
SITE_NUMBER(failures)
SITE_NUMBER(pinned_bytes)
SITE_NUMBER(exclusive_bytes)
SITE_NUMBER(saved_bytes)

#define SITE_ERROR(name) \
	static double name(const struct model_site *site) \
	{ \
		return site->sample.name; \
	}
SITE_ERROR(allocations_error)
SITE_ERROR(allocated_bytes_error)
SITE_ERROR(live_blocks_error)
SITE_ERROR(live_bytes_error)
SITE_ERROR(peak_bytes_error)

#define RUN_NUMBER(name) \
	static uint64_t run_##name(const struct model_run *run) \
	{ \
		return run->name; \
	}
RUN_NUMBER(allocations)
RUN_NUMBER(allocated_bytes)
RUN_NUMBER(live_blocks)
RUN_NUMBER(live_bytes)
RUN_NUMBER(peak_bytes)
RUN_NUMBER(temporary)
RUN_NUMBER(failed_allocations)

/* How long a byte from here lived on average, or has lived so far, in nanoseconds. */
static uint64_t mean_lifetime(const struct model_site *site)
{
	double ns;

	if (!site->allocated_bytes)
		return 0;
	ns = site->byte_seconds / (double)site->allocated_bytes * 1e9;
	return ns < 1.8e19 ? (uint64_t)ns : UINT64_MAX;
}

/* In thousandths of a byte per second, so that slow growth has an order, too. */
static uint64_t growth(const struct model_site *site)
{
	double rate = site->growth.known ? site->growth.bytes_per_s * 1000 : 0;

	return rate < 0 ? 0 : rate < 1.8e19 ? (uint64_t)rate : UINT64_MAX;
}

#define LIVE_COLUMNS \
	{"bytes", COLUMN_BYTES, live_bytes, NULL, live_bytes_error}, \
	{ \
		"blocks", COLUMN_COUNT, live_blocks, NULL, live_blocks_error \
	}

const struct table tables[] = {
	{"bytes",
	 true,
	 "Still allocated at the end",
	 live_blocks,
	 live_bytes,
	 "Nothing.",
	 {LIVE_COLUMNS, {"share", COLUMN_SHARE, live_bytes, run_live_bytes, NULL}}},
	{"peak",
	 true,
	 "Allocated at the peak",
	 peak_blocks,
	 peak_bytes,
	 NULL,
	 {{"bytes", COLUMN_BYTES, peak_bytes, NULL, peak_bytes_error},
	  {"blocks", COLUMN_COUNT, peak_blocks, NULL, NULL},
	  {"share", COLUMN_SHARE, peak_bytes, run_peak_bytes, NULL}}},
	{"allocations",
	 true,
	 "Most allocations",
	 allocations,
	 allocations,
	 NULL,
	 {{"allocations", COLUMN_COUNT, allocations, NULL, allocations_error},
	  {"bytes", COLUMN_BYTES, allocated_bytes, NULL, allocated_bytes_error},
	  {"share", COLUMN_SHARE, allocations, run_allocations, NULL}}},
	{"temporary",
	 true,
	 "Most temporary allocations",
	 temporary,
	 temporary,
	 NULL,
	 {{"temporary", COLUMN_COUNT, temporary, NULL, NULL},
	  {"of", COLUMN_COUNT, allocations, NULL, allocations_error},
	  {"share", COLUMN_SHARE, temporary, run_temporary, NULL}}},
	{NULL,
	 true,
	 "Failed allocations",
	 failures,
	 failures,
	 NULL,
	 {{"failures", COLUMN_COUNT, failures, NULL, NULL},
	  {"successes", COLUMN_COUNT, allocations, NULL, allocations_error},
	  {"share", COLUMN_SHARE, failures, run_failed_allocations, NULL}}},
	{"blocks",
	 false,
	 "Most blocks still allocated at the end",
	 live_blocks,
	 live_blocks,
	 "None.",
	 {{"blocks", COLUMN_COUNT, live_blocks, NULL, live_blocks_error},
	  {"bytes", COLUMN_BYTES, live_bytes, NULL, live_bytes_error},
	  {"share", COLUMN_SHARE, live_blocks, run_live_blocks, NULL}}},
	{"allocated",
	 false,
	 "Most bytes allocated in total",
	 allocations,
	 allocated_bytes,
	 "Nothing.",
	 {{"bytes", COLUMN_BYTES, allocated_bytes, NULL, allocated_bytes_error},
	  {"allocations", COLUMN_COUNT, allocations, NULL, allocations_error},
	  {"share", COLUMN_SHARE, allocated_bytes, run_allocated_bytes, NULL}}},
	{"pinned",
	 false,
	 "Most free bytes on pages held at the end",
	 pinned_bytes,
	 pinned_bytes,
	 "None, or pages were not followed.",
	 {{"pinned", COLUMN_BYTES, pinned_bytes, NULL, NULL},
	  {"pages alone", COLUMN_BYTES, exclusive_bytes, NULL, NULL},
	  {"to save", COLUMN_BYTES, saved_bytes, NULL, NULL},
	  {"live", COLUMN_BYTES, live_bytes, NULL, live_bytes_error}}},
	{"lifetime",
	 false,
	 "Longest mean lifetime of a byte, up to the end",
	 mean_lifetime,
	 mean_lifetime,
	 "Nothing.",
	 {{"lifetime", COLUMN_DURATION, mean_lifetime, NULL, NULL},
	  {"allocations", COLUMN_COUNT, allocations, NULL, allocations_error},
	  {"still live", COLUMN_BYTES, live_bytes, NULL, live_bytes_error}}},
	{"growth",
	 false,
	 "Fastest growth of live bytes",
	 growth,
	 growth,
	 "None that could be measured.",
	 {{"growth", COLUMN_RATE, growth, NULL, NULL}, LIVE_COLUMNS}},
	{NULL, false, NULL, NULL, NULL, NULL, {{NULL, 0, NULL, NULL, NULL}}},
};

const struct table *tables_by_name(const char *name)
{
	for (const struct table *table = tables; table->heading; table++)
		if (table->name && !strcmp(table->name, name))
			return table;
	return NULL;
}

/* Equal sites keep the order of the model. */
static int compare_rows(const void *a, const void *b, void *context)
{
	const struct model_site *x = *(const struct model_site *const *)a;
	const struct model_site *y = *(const struct model_site *const *)b;
	const struct table *table = context;
	uint64_t p = table->order(x);
	uint64_t q = table->order(y);

	if (p != q)
		return p < q ? 1 : -1;
	return x < y ? -1 : x > y;
}

static void sort_rows(struct table_rows *rows, const struct table *table, uint32_t top)
{
	struct table copy = *table;

	qsort_r(rows->sites, rows->candidates, sizeof *rows->sites, compare_rows, &copy);
	rows->count = top && top < rows->candidates ? top : rows->candidates;
}

struct table_rows tables_rows(const struct model *model, const struct table *table, uint32_t top,
			      bool all)
{
	struct table_rows rows = {0};

	rows.sites = calloc(model->site_count + 1, sizeof *rows.sites);
	if (!rows.sites)
		return rows;
	for (uint32_t i = 0; i < model->site_count; i++)
		if (all || table->presence(&model->sites[i]))
			rows.sites[rows.candidates++] = &model->sites[i];
	sort_rows(&rows, table, top);
	return rows;
}

const struct model_grouping *tables_grouping(const struct model *model, const char *by)
{
	static const struct model_grouping none = {.name = "stack"};

	for (uint32_t i = 0; by && i < model->grouping_count; i++)
		if (!strcmp(model->groupings[i].name, by))
			return &model->groupings[i];
	return &none;
}

struct table_rows tables_group_rows(const struct model_grouping *grouping,
				    const struct table *table, uint32_t top, bool all)
{
	struct table_rows rows = {0};

	rows.sites = calloc(grouping->group_count + 1, sizeof *rows.sites);
	if (!rows.sites)
		return rows;
	for (uint32_t i = 0; i < grouping->group_count; i++)
		if (all || table->presence(&grouping->groups[i].sum))
			rows.sites[rows.candidates++] = &grouping->groups[i].sum;
	sort_rows(&rows, table, top);
	return rows;
}

const struct model_group *tables_group(const struct model_site *sum)
{
	return (const struct model_group *)((const char *)sum - offsetof(struct model_group, sum));
}

void tables_free_rows(struct table_rows *rows)
{
	free(rows->sites);
	rows->sites = NULL;
}

void tables_put_error(FILE *file, const struct model_run *run, const struct column *column,
		      const struct model_site *site)
{
	struct human error = {""};

	if (!run->sampled || !column->error)
		return;
	if (site)
		error = words_error(column->error(site), column->number(site));
	fprintf(file, "%s%*s", error.text, ERROR_COLUMNS - (int)visible_width(error.text), "");
}

struct human tables_cell(const struct column *column, const struct model_site *site,
			 const struct model_run *run, bool exact_bytes)
{
	uint64_t value = column->number(site);
	struct human result = {""};

	switch (column->kind) {
	case COLUMN_COUNT:
		return human_count(value);
	case COLUMN_BYTES:
		return human_bytes(value, exact_bytes);
	case COLUMN_SHARE:
		return human_share(value, column->total(run));
	case COLUMN_DURATION:
		return human_duration(value);
	case COLUMN_RATE:
		return human_rate((double)value / 1000, run->duration_ns, exact_bytes);
	}
	return result;
}
