/* SPDX-License-Identifier: MIT */
/*
 * real_deferred_free.c - three workers that replace entries of their tables, and release what they
 * replaced in batches of 400, when certainly nobody reads it any more.
 *
 * Each ends with a part of a batch that is not released yet.
 */
#include <pthread.h>

#include "work.h"

enum { ENTRIES = 100, BATCH = 400, UPDATES = 4700 };

struct worker {
	char *entries[ENTRIES], *retired[BATCH];
	int retired_count;
};

static struct worker workers[3];

static char *new_entry(void)
{
	size_t size = 40 + roll(200);

	return memset(malloc(size), 'e', size);
}

static void retire(struct worker *worker, char *entry)
{
	worker->retired[worker->retired_count++] = entry;
	if (worker->retired_count < BATCH)
		return;
	for (int i = 0; i < BATCH; i++)
		free(worker->retired[i]);
	worker->retired_count = 0;
}

static void *run(void *argument)
{
	struct worker *worker = argument;

	for (int i = 0; i < UPDATES; i++) {
		char **place = &worker->entries[roll(ENTRIES)];

		if (*place)
			retire(worker, *place);
		*place = new_entry();
		work_parse();
		work_scratch();
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[3];
	int live = 0;

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, run, &workers[i]);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		live += workers[i].retired_count + ENTRIES;
	}

	expect("site=new_entry allocations=%d live_blocks=%d truth=fine", 3 * UPDATES, live);
	return 0;
}
