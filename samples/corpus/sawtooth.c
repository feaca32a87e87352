/* SPDX-License-Identifier: MIT */
/*
 * sawtooth.c - records are gathered in batches of 500 and written out together.
 *
 * Memory climbs and falls eight times; the run ends in the middle of the ninth batch, which stays.
 * A report should not show new_record as growing.
 */
#include "work.h"

enum { BATCH = 500 };

static char *batch[BATCH];
static int batched;

static char *new_record(int number)
{
	char *record = malloc(60 + roll(60));

	record[0] = (char)number;
	return record;
}

static void flush(void)
{
	work_reply();
	for (int i = 0; i < batched; i++)
		free(batch[i]);
	batched = 0;
}

int main(void)
{
	for (int tick = 0; tick < 8500; tick++) {
		work_parse();
		work_scratch();
		if (tick % 2 == 0)
			batch[batched++] = new_record(tick);
		if (batched == BATCH)
			flush();
	}

	expect("site=new_record allocations=4250 live_blocks=250 truth=fine");
	expect("live_blocks=250 complete=1");
	return 0;
}
