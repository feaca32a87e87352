/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tracer.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../util/array.h"

#define MEANWHILE_NS 10000000
#define SECOND_NS 1000000000

struct tracer {
	pthread_t thread;
	pid_t owner; /* the process that has the thread */
	bool runs;
	sem_t wanted, done;
	void (*job)(void *); /* NULL: end */
	void *argument;
	struct tracer *next;
};

static struct tracer *all;

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0 && errno == EINTR)
		;
}

static void *work(void *argument)
{
	struct tracer *t = argument;

	/* Naps are short while others stand still. */
	prctl(PR_SET_TIMERSLACK, 1000);
	for (;;) {
		wait_for(&t->wanted);
		if (!t->job)
			return NULL;
		t->job(t->argument);
		sem_post(&t->done);
	}
}

struct tracer *tracer_new(void)
{
	struct tracer *t = xcalloc(1, sizeof *t);
	sigset_t every, before;

	sem_init(&t->wanted, 0, 0);
	sem_init(&t->done, 0, 0);
	t->owner = getpid();
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	t->runs = pthread_create(&t->thread, NULL, work, t) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	t->next = all;
	all = t;
	if (t->runs)
		return t;
	tracer_free(t);
	return NULL;
}

static bool is_alive(const struct tracer *t)
{
	return t->runs && t->owner == getpid();
}

/* False if that takes longer than one round of what goes on meanwhile. */
static bool is_done(struct tracer *t)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += MEANWHILE_NS;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	return sem_clockwait(&t->done, CLOCK_MONOTONIC, &until) == 0;
}

bool tracer_call(struct tracer *t, void (*job)(void *), void (*meanwhile)(void *), void *argument)
{
	if (!is_alive(t))
		return false;
	t->job = job;
	t->argument = argument;
	sem_post(&t->wanted);
	if (!meanwhile)
		wait_for(&t->done);
	else
		while (!is_done(t))
			meanwhile(argument);
	return true;
}

static void end(struct tracer *t)
{
	if (!is_alive(t))
		return;
	t->job = NULL;
	sem_post(&t->wanted);
	pthread_join(t->thread, NULL);
	t->runs = false;
}

void tracer_free(struct tracer *t)
{
	struct tracer **link = &all;

	end(t);
	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	sem_destroy(&t->wanted);
	sem_destroy(&t->done);
	free(t);
}

void tracer_end_all(void)
{
	for (struct tracer *t = all; t; t = t->next)
		end(t);
}
