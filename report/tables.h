/* SPDX-License-Identifier: MIT */
/*
 * tables.h - the tables of sites that reports for people have in common: which numbers they show,
 * in which order, and which sites are in them.
 */
#ifndef TENURE_TABLES_H
#define TENURE_TABLES_H

#include <stddef.h>

#include "../analyzer/model.h"

enum column_kind { COLUMN_COUNT, COLUMN_BYTES, COLUMN_SHARE };

struct column {
	const char *heading;
	enum column_kind kind;
	size_t number; /* offset in struct model_site */
	size_t total; /* COLUMN_SHARE: offset in struct model_run of the whole */
};

struct table {
	const char *heading;
	size_t presence; /* offset in struct model_site: sites where this is 0 are left out */
	size_t order; /* offset of the number that rows descend by */
	const char *when_empty; /* NULL: the table is left out when it has no rows */
	struct column columns[6]; /* ended by heading NULL */
};

extern const struct table tables[]; /* ended by heading NULL */

/* The rows of a table, largest first; end with tables_free_rows. */
struct table_rows {
	const struct model_site **sites;
	uint32_t count;
	uint32_t candidates; /* sites that belong in the table, shown or not */
};

/* At most `top` rows, 0 for all; without memory there are none. */
struct table_rows tables_rows(const struct model *model, const struct table *table, uint32_t top);
void tables_free_rows(struct table_rows *rows);

uint64_t tables_number(const struct model_site *site, size_t number);
uint64_t tables_total(const struct model_run *run, size_t total);

#endif
