/* SPDX-License-Identifier: MIT */
/*
 * real_rising_floor.c - rows that are gathered and released together, four times in the run.
 *
 * Rows that were locked when the others were released, one in 25, are forgotten. The floor under
 * the sawtooth rises with each tooth, by little compared with the tooth.
 */
#include "work.h"

enum { BATCH = 3000, ROWS = 4 * BATCH + 1200 };

static char *rows[BATCH];
static int row_count, lost;

static char *new_row(int number)
{
	char *row = malloc(70);

	snprintf(row, 70, "row %d of the batch", number);
	return row;
}

static void release_rows(void)
{
	for (int i = 0; i < row_count; i++) {
		if (roll(25) == 0)
			lost++; /* the bug: skipped, and dropped from the list all the same */
		else
			free(rows[i]);
	}
	row_count = 0;
}

int main(void)
{
	for (int number = 0; number < ROWS; number++) {
		rows[row_count++] = new_row(number);
		work_scratch();
		work_table();
		if (row_count == BATCH)
			release_rows();
	}

	expect("site=new_row allocations=%d live_blocks=%d truth=leak verdict=leak|growing", ROWS,
	       lost + row_count);
	return 0;
}
