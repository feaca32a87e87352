/* SPDX-License-Identifier: MIT */
/*
 * late_survivor.c - a heap that is filled, topped by one small block that stays, and emptied.
 *
 * The one block keeps the allocator from giving the 3 MB below it back. Then the program goes on
 * with little. Retained memory, and no leak: a report should show keep_summary as one block.
 */
#include "work.h"

enum { ROWS = 3000 };

static char *rows[ROWS];
static int *summary;

static char *load_row(void)
{
	char *row = malloc(900 + roll(200));

	row[0] = 'r';
	return row;
}

static void keep_summary(void)
{
	summary = malloc(100);
	summary[0] = ROWS;
}

int main(void)
{
	for (int i = 0; i < 2000; i++)
		work_parse();
	for (int i = 0; i < ROWS; i++) {
		rows[i] = load_row();
		work_scratch();
	}
	keep_summary();
	for (int i = 0; i < ROWS; i++)
		free(rows[i]);
	for (int i = 0; i < 4000; i++) {
		work_parse();
		work_table();
	}

	expect("site=load_row allocations=3000 live_blocks=0 truth=fine verdict=balanced");
	expect("site=keep_summary allocations=1 live_blocks=1 live_bytes=100 truth=fine");
	expect("live_blocks=1 complete=1");
	return 0;
}
