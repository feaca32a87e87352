/* SPDX-License-Identifier: MIT */
/*
 * real_worker_caches.c - four workers, each with a cache of released buffers by size.
 *
 * A cache keeps at most 24 buffers of each of five sizes, and larger jobs come later in the run.
 * Nobody would fix take_buffer.
 */
#include <pthread.h>

#include "work.h"

enum { SIZES = 5, KEPT = 24, JOBS = 3000 };

struct cache {
	char *kept[SIZES][KEPT];
	int counts[SIZES];
	int made, gone;
};

static struct cache caches[4];

static char *take_buffer(struct cache *cache, int size)
{
	if (cache->counts[size] > 0)
		return cache->kept[size][--cache->counts[size]];
	cache->made++;
	return malloc((size_t)256 << size);
}

static void give_back(struct cache *cache, int size, char *buffer)
{
	if (cache->counts[size] < KEPT) {
		cache->kept[size][cache->counts[size]++] = buffer;
	} else {
		cache->gone++;
		free(buffer);
	}
}

static void *work(void *argument)
{
	struct cache *cache = argument;

	for (int job = 0; job < JOBS; job++) {
		char *used[30];
		int count = 1 + (int)roll((uint32_t)(4 + 26 * job / JOBS));
		int size = (int)roll(SIZES);

		for (int i = 0; i < count; i++)
			used[i] = take_buffer(cache, size);
		work_parse();
		work_table();
		for (int i = 0; i < count; i++)
			give_back(cache, size, used[i]);
	}
	return NULL;
}

int main(void)
{
	pthread_t workers[4];
	int made = 0, gone = 0;

	for (int i = 0; i < 4; i++)
		pthread_create(&workers[i], NULL, work, &caches[i]);
	for (int i = 0; i < 4; i++) {
		pthread_join(workers[i], NULL);
		made += caches[i].made;
		gone += caches[i].gone;
	}

	expect("site=take_buffer allocations=%d live_blocks=%d truth=fine", made, made - gone);
	expect("threads=5 complete=1");
	return 0;
}
