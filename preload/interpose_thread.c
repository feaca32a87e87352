/* SPDX-License-Identifier: MIT */
/*
 * Threads register themselves at their first event; told to us are their names, and when somebody has
 * fetched what they returned.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>

#include "interpose.h"
#include "next.h"
#include "record.h"

/* glibc's pthread_t is the thread pointer. */
static int joined(pthread_t thread, int result)
{
	if (result == 0 && record_wanted())
		record_event(EVENT_THREAD_JOINED, API_NONE, (uint64_t)thread, 0, 0, NULL);
	return result;
}

PUBLIC int pthread_join(pthread_t thread, void **value)
{
	next_resolve();
	return joined(thread, next.pthread_join(thread, value));
}

PUBLIC int pthread_tryjoin_np(pthread_t thread, void **value)
{
	next_resolve();
	return joined(thread, next.pthread_tryjoin_np(thread, value));
}

PUBLIC int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *until)
{
	next_resolve();
	return joined(thread, next.pthread_timedjoin_np(thread, value, until));
}

PUBLIC int pthread_setname_np(pthread_t thread, const char *name)
{
	uint64_t words[2] = {0, 0};
	int result;

	next_resolve();
	result = next.pthread_setname_np(thread, name);
	if (result == 0 && pthread_equal(thread, pthread_self()) && record_wanted()) {
		memcpy(words, name, strnlen(name, sizeof words));
		record_event(EVENT_THREAD_NAME, API_NONE, words[0], words[1], 0, NULL);
	}
	return result;
}
