/* SPDX-License-Identifier: MIT */
/*
 * bounded_queues.c - workers that are fed by a queue of at most 32 jobs.
 *
 * A full queue makes the producer wait; jobs are released by the worker that did them. A report
 * should show new_job as balanced.
 */
#include <pthread.h>

#include "work.h"

enum { BOUND = 32, WORKERS = 3, JOBS = 9000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int *queue[BOUND];
static int first, queued;

static int *new_job(int number)
{
	int *job = malloc(sizeof(int) * (10 + roll(40)));

	*job = number;
	return job;
}

static void push(int *job)
{
	pthread_mutex_lock(&lock);
	while (queued == BOUND)
		pthread_cond_wait(&changed, &lock);
	queue[(first + queued++) % BOUND] = job;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static int *pop(void)
{
	int *job;

	pthread_mutex_lock(&lock);
	while (queued == 0)
		pthread_cond_wait(&changed, &lock);
	job = queue[first];
	first = (first + 1) % BOUND;
	queued--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return job;
}

static void *work(void *unused)
{
	for (int *job; (job = pop()); free(job)) {
		work_parse();
		work_scratch();
	}
	return unused;
}

int main(void)
{
	pthread_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, work, NULL);
	for (int number = 0; number < JOBS; number++)
		push(new_job(number));
	for (int i = 0; i < WORKERS; i++)
		push(NULL);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);

	expect("site=new_job allocations=%d live_blocks=0 truth=fine verdict=balanced", JOBS);
	expect("threads=%d complete=1", WORKERS + 1);
	return 0;
}
