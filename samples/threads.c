/* SPDX-License-Identifier: MIT */
/*
 * threads.c [COUNT] - short-lived named threads whose thread-specific data outlives their code.
 *
 * Destructors of thread-specific data run after the start routine has returned, in no promised
 * order, and may allocate and set the value again, so some of these allocations happen when the
 * recorder's own per-thread state could be gone already.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "expect.h"

#define AT_ONCE 8

static pthread_key_t key;
static int thread_count = 1000;

/* Runs twice per thread: it sets its value once more. */
static void at_thread_exit(void *value)
{
	char *round = value;

	free(malloc(48));
	if (*round == 1) {
		*round = 2;
		pthread_setspecific(key, round);
	} else {
		free(round);
	}
}

static void *work(void *argument)
{
	char name[16];
	char *round = malloc(24);

	snprintf(name, sizeof name, "worker-%d", (int)(intptr_t)argument);
	pthread_setname_np(pthread_self(), name);
	*round = 1;
	pthread_setspecific(key, round);
	for (int i = 0; i < 10; i++)
		free(malloc(32));
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		thread_count = atoi(argv[1]);
	pthread_key_create(&key, at_thread_exit);
	for (int first = 0; first < thread_count; first += AT_ONCE) {
		pthread_t threads[AT_ONCE];
		int started = 0;

		while (started < AT_ONCE && first + started < thread_count) {
			if (pthread_create(&threads[started], NULL, work,
					   (void *)(intptr_t)(first + started)) != 0) {
				say("no more threads");
				return 1;
			}
			started++;
		}
		for (int i = 0; i < started; i++)
			pthread_join(threads[i], NULL);
	}

	expect("site=work allocations=%d live_blocks=0", 11 * thread_count);
	expect("site=at_thread_exit allocations=%d temporary=%d live_blocks=0", 2 * thread_count,
	       2 * thread_count);
	expect("threads=%d lost_events=0 complete=1", thread_count + 1);
	return 0;
}
