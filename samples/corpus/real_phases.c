/* SPDX-License-Identifier: MIT */
/*
 * real_phases.c - a tool of four phases, each of which turns the records of the last into its own.
 *
 * The records of a phase are released as the next one has done with them, all at its end. The last
 * phase sums up and keeps one record in ten, which it prints.
 */
#include "work.h"

enum { RECORDS = 2500 };

struct record {
	int number;
	char text[60];
};

static struct record *now[RECORDS], *before[RECORDS];
static int live;

static struct record *new_record(int number)
{
	struct record *record = malloc(sizeof *record);

	record->number = number;
	live++;
	return record;
}

static void release_before(void)
{
	for (int i = 0; i < RECORDS; i++) {
		live -= before[i] != NULL;
		free(before[i]);
	}
	memcpy(before, now, sizeof before);
	memset(now, 0, sizeof now);
}

int main(void)
{
	for (int phase = 0; phase < 4; phase++) {
		for (int i = 0; i < RECORDS; i++) {
			if (phase < 3 || i % 10 == 0)
				now[i] = new_record(i);
			work_scratch();
			work_parse();
		}
		release_before();
	}

	expect("site=new_record allocations=%d live_blocks=%d truth=fine",
	       3 * RECORDS + RECORDS / 10, live);
	return 0;
}
