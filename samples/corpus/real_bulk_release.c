/* SPDX-License-Identifier: MIT */
/*
 * real_bulk_release.c - records of an audit that are written and released together, every 1,700
 * requests, six times.
 *
 * The program ends long after the sixth time, with 1,300 records that were not written yet.
 */
#include "work.h"

enum { BATCH = 1700, REQUESTS = 6 * BATCH + 1300 };

struct record {
	struct record *next;
	char text[90];
};

static struct record *records;
static int record_count;

static void note_request(int request)
{
	struct record *record = malloc(sizeof *record);

	snprintf(record->text, sizeof record->text, "request %d was answered", request);
	record->next = records;
	records = record;
	record_count++;
}

static void write_all(void)
{
	while (records) {
		struct record *next = records->next;

		free(records);
		records = next;
	}
	record_count = 0;
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		work_scratch();
		work_table();
		note_request(request);
		if (record_count == BATCH)
			write_all();
	}

	expect("site=note_request allocations=%d live_blocks=%d truth=fine", REQUESTS,
	       record_count);
	return 0;
}
