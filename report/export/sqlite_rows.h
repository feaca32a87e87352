/* SPDX-License-Identifier: MIT */
/*
 * sqlite_rows.h - fills the tables of a database, one row after the other.
 *
 * A row is written column by column in the order of its table; too few or too many are a bug of the
 * caller and abort. After an error nothing more is done, and the first error stays.
 */
#ifndef TENURE_REPORT_SQLITE_ROWS_H
#define TENURE_REPORT_SQLITE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

struct database {
	struct sqlite3 *handle;
	int status; /* 0 (SQLITE_OK), or the first error */
};

/* Statements without results. */
void database_run(struct database *d, const char *statements);

/* Rows of one table under way; several may be. */
struct rows {
	struct database *database;
	struct sqlite3_stmt *insert;
	int column, column_count; /* written of this row, of the table */
};

void rows_begin(struct rows *r, struct database *d, const char *table);
void rows_end(struct rows *r);

void rows_put_int(struct rows *r, int64_t value);
/* Above 2^63 - 1, text of its digits. */
void rows_put_uint(struct rows *r, uint64_t value);
void rows_put_double(struct rows *r, double value);
/* NULL unless it is known. */
void rows_put_known(struct rows *r, double value, bool known);
/* Must stay until the row is done. */
void rows_put_text(struct rows *r, const char *text);
/* NULL if it is empty, which means unknown. */
void rows_put_name(struct rows *r, const char *text);
/* 0 becomes NULL: numbers of rows in other tables, lines. */
void rows_put_reference(struct rows *r, uint32_t number);
void rows_put_null(struct rows *r);

void rows_finish_row(struct rows *r);

#endif
