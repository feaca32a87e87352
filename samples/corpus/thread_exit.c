/* SPDX-License-Identifier: MIT */
/*
 * thread_exit.c - a block per thread whose key has no destructor: every thread takes one with it.
 *
 * 400 threads run one after another, each for a few requests. A report should show thread_scratch
 * as a leak.
 */
#include <pthread.h>

#include "work.h"

enum { THREADS = 400 };

static pthread_key_t scratch_key;

static char *thread_scratch(void)
{
	char *scratch = pthread_getspecific(scratch_key);

	if (!scratch) {
		scratch = malloc(512);
		pthread_setspecific(scratch_key, scratch);
	}
	return scratch;
}

static void *serve_connection(void *unused)
{
	for (int request = 0; request < 12; request++) {
		thread_scratch()[request] = 'r';
		work_parse();
		work_reply();
	}
	return unused;
}

int main(void)
{
	pthread_key_create(&scratch_key, NULL); /* the bug: free() should be its destructor */
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;

		pthread_create(&thread, NULL, serve_connection, NULL);
		pthread_join(thread, NULL);
	}

	expect("site=thread_scratch allocations=%d live_blocks=%d live_bytes=%d truth=leak "
	       "verdict=leak|growing",
	       THREADS, THREADS, THREADS * 512);
	expect("threads=%d complete=1", THREADS + 1);
	return 0;
}
