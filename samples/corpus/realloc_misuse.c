/* SPDX-License-Identifier: MIT */
/*
 * realloc_misuse.c - rows of a table grow by malloc() and memcpy(), and the old rows are forgotten.
 *
 * Short tables fit the first rows and lose nothing. A report should show larger_rows as a leak, and
 * first_rows too: the block that a table starts with is lost as soon as the table grows.
 */
#include "work.h"

static int lost_first, lost_larger;

static int *first_rows(void)
{
	return malloc(16 * sizeof(int));
}

static int *larger_rows(const int *rows, int capacity)
{
	int *larger = malloc(2 * (size_t)capacity * sizeof(int));

	memcpy(larger, rows, (size_t)capacity * sizeof(int));
	return larger; /* the bug: realloc() would have released the old rows */
}

static void read_table(int row_count)
{
	int capacity = 16;
	int *rows = first_rows();

	for (int row = 0; row < row_count; row++) {
		if (row == capacity) {
			lost_first += capacity == 16;
			lost_larger += capacity > 16;
			rows = larger_rows(rows, capacity);
			capacity *= 2;
		}
		rows[row] = row;
	}
	free(rows);
}

int main(void)
{
	for (int table = 0; table < 5000; table++) {
		read_table(roll(6) == 0 ? 20 + (int)roll(80) : 4 + (int)roll(12));
		work_parse();
		work_reply();
	}

	expect("site=first_rows allocations=5000 live_blocks=%d truth=leak verdict=leak|growing",
	       lost_first);
	expect("site=larger_rows live_blocks=%d truth=leak verdict=leak|growing", lost_larger);
	expect("live_blocks=%d complete=1", lost_first + lost_larger);
	return 0;
}
