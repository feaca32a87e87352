/* SPDX-License-Identifier: MIT */
/*
 * tables.h - the tables of sites that reports have in common: which numbers they show, in which
 * order, and which sites are in them. Groups of sites are put in order in the same way.
 */
#ifndef TENURE_TABLES_H
#define TENURE_TABLES_H

#include <stdio.h>

#include "../analyzer/model.h"
#include "../analyzer/util/human.h"

enum column_kind { COLUMN_COUNT, COLUMN_BYTES, COLUMN_SHARE, COLUMN_DURATION, COLUMN_RATE };

typedef uint64_t table_number(const struct model_site *site);

struct column {
	const char *heading;
	enum column_kind kind;
	table_number *number;
	uint64_t (*total)(const struct model_run *run); /* COLUMN_SHARE: of the whole */
	double (*error)(const struct model_site *site); /* of an estimate; NULL: not told */
};

struct table {
	const char *name; /* for --sort; NULL if it cannot be asked for */
	bool usual; /* in reports that show all tables */
	const char *heading;
	table_number *presence; /* sites where this is 0 are left out */
	table_number *order; /* rows descend by it */
	const char *when_empty; /* NULL: the table is left out when it has no rows */
	struct column columns[6]; /* ended by heading NULL */
};

extern const struct table tables[]; /* ended by heading NULL; the first is by bytes still live */

/* NULL if there is none; the words of --sort are TABLES_NAMES. */
const struct table *tables_by_name(const char *name);
#define TABLES_NAMES "bytes|blocks|allocations|allocated|peak|temporary|pinned|lifetime|growth"

/* The rows of a table, largest first; end with tables_free_rows. */
struct table_rows {
	const struct model_site **sites;
	uint32_t count;
	uint32_t candidates; /* sites that belong in the table, shown or not */
};

/* At most `top` rows, 0 for all; without memory there are none. `all`: also sites that the table
 * leaves out. */
struct table_rows tables_rows(const struct model *model, const struct table *table, uint32_t top,
			      bool all);
/* The grouping of a name; without groups if the model has none of it, or by is NULL. */
const struct model_grouping *tables_grouping(const struct model *model, const char *by);
/* The same rows of groups: each site is the sum of one, see tables_group. */
struct table_rows tables_group_rows(const struct model_grouping *grouping,
				    const struct table *table, uint32_t top, bool all);
void tables_free_rows(struct table_rows *rows);

const struct model_group *tables_group(const struct model_site *sum);

/* A number of a row, as people read it. */
struct human tables_cell(const struct column *column, const struct model_site *site,
			 const struct model_run *run, bool exact_bytes);

/* Behind a cell, where everything is an estimate: its standard error, " ± 7 %", or room for it if site is
 * NULL. */
void tables_put_error(FILE *file, const struct model_run *run, const struct column *column,
		      const struct model_site *site);

#endif
