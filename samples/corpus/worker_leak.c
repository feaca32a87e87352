/* SPDX-License-Identifier: MIT */
/*
 * worker_leak.c - four workers at a time, one of which forgets a part of every 50th job.
 *
 * A report should show decode, in the thread that transcodes, as a leak. The same function is
 * balanced where it is called for previews.
 */
#include <pthread.h>

#include "work.h"

enum { JOBS = 6000, ROUND = 100 };

/* Workers of a server are there until it ends, whoever of them gets a processor first. */
static pthread_barrier_t round_end;

static void finish_job(int job)
{
	if (job % ROUND == 0)
		pthread_barrier_wait(&round_end);
}

static int *decode(int size)
{
	int *samples = malloc((size_t)size * sizeof(int));

	samples[0] = size;
	return samples;
}

static void *transcode(void *unused)
{
	for (int job = 1; job <= JOBS; job++) {
		int *samples = decode(40 + (int)roll(60));

		work_parse();
		if (job % 50 !=
		    0) /* the bug: a key frame needs no second pass, and skips its end */
			free(samples);
		finish_job(job);
	}
	return unused;
}

static void *preview(void *unused)
{
	for (int job = 1; job <= JOBS; job++) {
		int *samples = decode(8);

		work_table();
		free(samples);
		finish_job(job);
	}
	return unused;
}

int main(void)
{
	pthread_t workers[4];

	pthread_barrier_init(&round_end, NULL, 4);
	pthread_create(&workers[0], NULL, transcode, NULL);
	for (int i = 1; i < 4; i++)
		pthread_create(&workers[i], NULL, preview, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(workers[i], NULL);

	expect("site=decode allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       4 * JOBS, JOBS / 50);
	expect("threads=5 complete=1");
	return 0;
}
