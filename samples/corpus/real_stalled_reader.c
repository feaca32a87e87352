/* SPDX-License-Identifier: MIT */
/*
 * real_stalled_reader.c - old versions of a table, released when no reader can see them any more.
 *
 * At 40 % of the run a reader ends without saying so. From there on every old version might be seen
 * by it, and all of them are kept.
 */
#include <pthread.h>

#include "work.h"

enum { UPDATES = 6000, STALL = 2400 };

struct version {
	struct version *older;
	int number;
	char rows[160];
};

static struct version *current, *retired;
static int oldest_seen = UPDATES + 1, retired_count;

static struct version *make_version(int number)
{
	struct version *version = calloc(1, sizeof *version);

	version->number = number;
	return version;
}

static void *read_once(void *leaves)
{
	oldest_seen = current->number;
	work_document(3);
	if (leaves)
		oldest_seen = UPDATES + 1;
	return NULL; /* the bug, without leaves: an early return */
}

static void let_read(int leaves)
{
	pthread_t reader;

	pthread_create(&reader, NULL, read_once, leaves ? &current : NULL);
	pthread_join(reader, NULL);
}

static void reclaim(void)
{
	struct version **link = &retired;

	while (*link) {
		struct version *version = *link;

		if (version->number >= oldest_seen) {
			link = &version->older;
			continue;
		}
		*link = version->older;
		free(version);
		retired_count--;
	}
}

static void update(int number)
{
	struct version *old = current;

	current = make_version(number);
	if (old) {
		old->older = retired;
		retired = old;
		retired_count++;
	}
	if (number % 16 == 0)
		reclaim();
}

int main(void)
{
	for (int number = 1; number <= UPDATES; number++) {
		update(number);
		work_parse();
		work_table();
		if (number % 100 == 50 && number < STALL)
			let_read(1);
		if (number == STALL)
			let_read(0);
	}

	expect("site=make_version allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       UPDATES, retired_count + 1);
	return 0;
}
