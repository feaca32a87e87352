/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "readahead.h"

#include <signal.h>
#include <stdlib.h>

#include "../util/array.h"

static struct readahead_batch *batch_of(struct readahead *a, size_t number)
{
	return &a->batches[number % READAHEAD_BATCHES];
}

static void fill(struct readahead *a, struct readahead_batch *batch)
{
	batch->count = merge_batch(a->merge, batch->events, READAHEAD_EVENTS);
}

static bool is_half_empty(const struct readahead *a)
{
	return a->made - a->taken <= READAHEAD_BATCHES / 2;
}

/*
 * Waits for a batch to fill, and for more than one if all are full: going to sleep and being woken
 * for each would cost both sides more. Returns NULL if there is to be none any more.
 */
static struct readahead_batch *await_room(struct readahead *a)
{
	struct readahead_batch *batch;

	pthread_mutex_lock(&a->lock);
	if (a->made - a->taken == READAHEAD_BATCHES) {
		while (!is_half_empty(a) && !a->stop)
			pthread_cond_wait(&a->changed, &a->lock);
	}
	batch = a->stop ? NULL : batch_of(a, a->made);
	pthread_mutex_unlock(&a->lock);
	return batch;
}

static void deliver(struct readahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->made++;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void *work(void *argument)
{
	struct readahead *a = argument;
	struct readahead_batch *batch;
	bool last = false;

	while (!last && (batch = await_room(a))) {
		fill(a, batch);
		last = batch->count < READAHEAD_EVENTS;
		deliver(a);
	}
	return NULL;
}

static void make_buffers(struct readahead *a, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!a->batches[i].events)
			a->batches[i].events = xmalloc(READAHEAD_EVENTS *
						       sizeof(struct trace_event));
}

/* No signal is ever handled on the worker. If there can be no thread, the caller does the work. */
static void start(struct readahead *a)
{
	sigset_t all, before;

	a->started = true;
	a->made = a->taken = 0;
	a->stop = a->ended = false;
	make_buffers(a, a->worker_wanted ? READAHEAD_BATCHES : 1);
	if (!a->worker_wanted)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	a->worker_runs = !pthread_create(&a->worker, NULL, work, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (a->worker_runs)
		pthread_setname_np(a->worker, READAHEAD_THREAD_NAME);
}

static void join(struct readahead *a)
{
	if (a->worker_runs)
		pthread_join(a->worker, NULL);
	a->worker_runs = false;
}

static void await_batch(struct readahead *a)
{
	pthread_mutex_lock(&a->lock);
	while (a->made == a->taken)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

static void give_back(struct readahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->taken++;
	if (is_half_empty(a))
		pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

size_t readahead_next(struct readahead *a, const struct trace_event **events)
{
	struct readahead_batch *batch;

	if (!a->started)
		start(a);
	else if (a->worker_runs && !a->ended)
		give_back(a);
	if (a->ended) {
		join(a);
		return 0;
	}
	batch = batch_of(a, a->taken);
	if (a->worker_runs)
		await_batch(a);
	else
		fill(a, batch);
	a->ended = batch->count < READAHEAD_EVENTS;
	if (!batch->count)
		join(a);
	*events = batch->events;
	return batch->count;
}

void readahead_stop(struct readahead *a)
{
	if (a->worker_runs) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
	}
	join(a);
	a->started = a->ended = false;
}

void readahead_init(struct readahead *a, struct merge *merge, bool worker_wanted)
{
	*a = (struct readahead){.merge = merge, .worker_wanted = worker_wanted};
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
}

void readahead_release(struct readahead *a)
{
	readahead_stop(a);
	for (size_t i = 0; i < READAHEAD_BATCHES; i++)
		free(a->batches[i].events);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
}
