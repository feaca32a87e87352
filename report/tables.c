/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* qsort_r */
#include "tables.h"

#include <stdlib.h>
#include <string.h>

#define SITE(member) offsetof(struct model_site, member)
#define RUN(member) offsetof(struct model_run, member)

const struct table tables[] = {
	{"Still allocated at the end",
	 SITE(live_blocks),
	 SITE(live_bytes),
	 "Nothing.",
	 {{"bytes", COLUMN_BYTES, SITE(live_bytes), 0},
	  {"blocks", COLUMN_COUNT, SITE(live_blocks), 0},
	  {"share", COLUMN_SHARE, SITE(live_bytes), RUN(live_bytes)}}},
	{"Allocated at the peak",
	 SITE(peak_blocks),
	 SITE(peak_bytes),
	 NULL,
	 {{"bytes", COLUMN_BYTES, SITE(peak_bytes), 0},
	  {"blocks", COLUMN_COUNT, SITE(peak_blocks), 0},
	  {"share", COLUMN_SHARE, SITE(peak_bytes), RUN(peak_bytes)}}},
	{"Most allocations",
	 SITE(allocations),
	 SITE(allocations),
	 NULL,
	 {{"allocations", COLUMN_COUNT, SITE(allocations), 0},
	  {"bytes", COLUMN_BYTES, SITE(allocated_bytes), 0},
	  {"share", COLUMN_SHARE, SITE(allocations), RUN(allocations)}}},
	{"Most temporary allocations",
	 SITE(temporary),
	 SITE(temporary),
	 NULL,
	 {{"temporary", COLUMN_COUNT, SITE(temporary), 0},
	  {"of", COLUMN_COUNT, SITE(allocations), 0},
	  {"share", COLUMN_SHARE, SITE(temporary), RUN(temporary)}}},
	{"Failed allocations",
	 SITE(failures),
	 SITE(failures),
	 NULL,
	 {{"failures", COLUMN_COUNT, SITE(failures), 0},
	  {"successes", COLUMN_COUNT, SITE(allocations), 0},
	  {"share", COLUMN_SHARE, SITE(failures), RUN(failed_allocations)}}},
	{NULL, 0, 0, NULL, {{NULL, 0, 0, 0}}},
};

uint64_t tables_number(const struct model_site *site, size_t number)
{
	uint64_t value;

	memcpy(&value, (const char *)site + number, sizeof value);
	return value;
}

uint64_t tables_total(const struct model_run *run, size_t total)
{
	uint64_t value;

	memcpy(&value, (const char *)run + total, sizeof value);
	return value;
}

/* Equal sites keep the order of the model. */
static int compare_rows(const void *a, const void *b, void *context)
{
	const struct model_site *x = *(const struct model_site *const *)a;
	const struct model_site *y = *(const struct model_site *const *)b;
	size_t order = *(const size_t *)context;
	uint64_t p = tables_number(x, order);
	uint64_t q = tables_number(y, order);

	if (p != q)
		return p < q ? 1 : -1;
	return x < y ? -1 : x > y;
}

struct table_rows tables_rows(const struct model *model, const struct table *table, uint32_t top)
{
	struct table_rows rows = {0};
	size_t order = table->order;

	rows.sites = calloc(model->site_count + 1, sizeof *rows.sites);
	if (!rows.sites)
		return rows;
	for (uint32_t i = 0; i < model->site_count; i++)
		if (tables_number(&model->sites[i], table->presence))
			rows.sites[rows.candidates++] = &model->sites[i];
	qsort_r(rows.sites, rows.candidates, sizeof *rows.sites, compare_rows, &order);
	rows.count = top && top < rows.candidates ? top : rows.candidates;
	return rows;
}

void tables_free_rows(struct table_rows *rows)
{
	free(rows->sites);
	rows->sites = NULL;
}
