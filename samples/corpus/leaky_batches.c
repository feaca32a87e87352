/* SPDX-License-Identifier: MIT */
/*
 * leaky_batches.c - batches of 200 records, of which the duplicates are not released with the rest.
 *
 * Memory climbs and falls 45 times, and each time three or four records remain. A report should
 * show new_record as a leak.
 */
#include "work.h"

enum { BATCH = 200 };

struct record {
	int key;
	char text[76];
};

static struct record *batch[BATCH];
static int lost;

static struct record *new_record(int number)
{
	struct record *record = calloc(1, sizeof *record);

	record->key = number * 2;
	return record;
}

static void write_batch(void)
{
	for (int i = 0; i < BATCH; i++) {
		work_scratch();
		if (i > 0 && roll(60) == 0) {
			lost++; /* the bug: a record that equals the one before is skipped with its free */
			continue;
		}
		free(batch[i]);
	}
}

int main(void)
{
	for (int number = 0; number < 45 * BATCH; number++) {
		batch[number % BATCH] = new_record(number);
		work_parse();
		if (number % BATCH == BATCH - 1)
			write_batch();
	}

	expect("site=new_record allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       45 * BATCH, lost);
	expect("live_blocks=%d complete=1", lost);
	return 0;
}
