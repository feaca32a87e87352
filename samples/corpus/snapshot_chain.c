/* SPDX-License-Identifier: MIT */
/*
 * snapshot_chain.c - a store that takes a snapshot now and then and keeps all the old ones linked.
 *
 * Each snapshot is a head and 20 rows; one is taken every 200 updates. A report should call both
 * functions growing.
 */
#include "work.h"

enum { ROWS = 20 };

struct snapshot {
	struct snapshot *older;
	char *rows[ROWS];
};

static struct snapshot *newest;

static char *copy_row(int update)
{
	char *row = malloc(50 + roll(100));

	row[0] = (char)update;
	return row;
}

static void take_snapshot(int update)
{
	struct snapshot *snapshot = malloc(sizeof *snapshot);

	for (int i = 0; i < ROWS; i++)
		snapshot->rows[i] = copy_row(update);
	snapshot->older = newest; /* the bug: meant for one step back, keeps all of them */
	newest = snapshot;
}

int main(void)
{
	for (int update = 1; update <= 18000; update++) {
		work_parse();
		work_defer();
		if (update % 200 == 0)
			take_snapshot(update);
	}
	work_drain();

	expect("site=take_snapshot allocations=90 live_blocks=90 truth=leak verdict=growing|leak");
	expect("site=copy_row allocations=1800 live_blocks=1800 truth=leak verdict=growing|leak");
	return 0;
}
