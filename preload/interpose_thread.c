/* SPDX-License-Identifier: MIT */
/*
 * Threads register themselves at their first event; only their names are told to us.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>

#include "interpose.h"
#include "next.h"
#include "record.h"

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
