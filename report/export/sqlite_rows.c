/* SPDX-License-Identifier: MIT */
#undef NDEBUG /* what is in the wrong column must never reach a reader */
#include "sqlite_rows.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "whole_text.h"

static bool note(struct database *d, int status)
{
	if (!d->status && status != SQLITE_OK && status != SQLITE_DONE)
		d->status = status;
	return !d->status;
}

void database_run(struct database *d, const char *statements)
{
	if (!d->status)
		note(d, sqlite3_exec(d->handle, statements, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(struct database *d, const char *text)
{
	sqlite3_stmt *statement = NULL;

	if (!d->status)
		note(d, sqlite3_prepare_v2(d->handle, text, -1, &statement, NULL));
	return statement;
}

static int count_columns(struct database *d, const char *table)
{
	char text[64];
	sqlite3_stmt *select;
	int count;

	snprintf(text, sizeof text, "SELECT * FROM %s", table);
	select = prepare(d, text);
	count = sqlite3_column_count(select);
	sqlite3_finalize(select);
	return count;
}

void rows_begin(struct rows *r, struct database *d, const char *table)
{
	int columns = count_columns(d, table);
	char text[512];
	int length = snprintf(text, sizeof text, "INSERT INTO %s VALUES(?", table);

	assert((size_t)length + 2 * (size_t)columns + 2 < sizeof text);
	for (int i = 1; i < columns; i++)
		length += snprintf(text + length, sizeof text - (size_t)length, ",?");
	snprintf(text + length, sizeof text - (size_t)length, ")");
	*r = (struct rows){.database = d, .column_count = columns};
	r->insert = prepare(d, text);
}

void rows_end(struct rows *r)
{
	sqlite3_finalize(r->insert);
	r->insert = NULL;
}

/* The column that is next. The bind functions refuse a statement that there is none of. */
static int next(struct rows *r)
{
	return ++r->column;
}

void rows_put_int(struct rows *r, int64_t value)
{
	note(r->database, sqlite3_bind_int64(r->insert, next(r), value));
}

void rows_put_uint(struct rows *r, uint64_t value)
{
	char digits[24];
	int length;

	if (value <= INT64_MAX) {
		rows_put_int(r, (int64_t)value);
		return;
	}
	length = snprintf(digits, sizeof digits, "%" PRIu64, value);
	note(r->database, sqlite3_bind_text(r->insert, next(r), digits, length, SQLITE_TRANSIENT));
}

void rows_put_double(struct rows *r, double value)
{
	rows_put_known(r, value, isfinite(value));
}

void rows_put_known(struct rows *r, double value, bool known)
{
	if (known)
		note(r->database, sqlite3_bind_double(r->insert, next(r), value));
	else
		rows_put_null(r);
}

void rows_put_text(struct rows *r, const char *text)
{
	char *repaired = whole_text_repair(text);

	note(r->database, sqlite3_bind_text(r->insert, next(r), repaired ? repaired : text, -1,
					    repaired ? free : SQLITE_STATIC));
}

void rows_put_name(struct rows *r, const char *text)
{
	if (*text)
		rows_put_text(r, text);
	else
		rows_put_null(r);
}

void rows_put_reference(struct rows *r, uint32_t number)
{
	if (number)
		rows_put_int(r, number);
	else
		rows_put_null(r);
}

void rows_put_null(struct rows *r)
{
	note(r->database, sqlite3_bind_null(r->insert, next(r)));
}

void rows_finish_row(struct rows *r)
{
	assert(r->database->status || r->column == r->column_count);
	r->column = 0;
	if (r->database->status)
		return;
	note(r->database, sqlite3_step(r->insert));
	sqlite3_reset(r->insert);
}
