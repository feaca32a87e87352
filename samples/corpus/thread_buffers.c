/* SPDX-License-Identifier: MIT */
/*
 * thread_buffers.c - a buffer per thread, released by the destructor of its key.
 *
 * Three generations of four threads come and go. A report should show thread_buffer as balanced.
 */
#include <pthread.h>

#include "work.h"

static pthread_key_t buffer_key;

static char *thread_buffer(void)
{
	char *buffer = pthread_getspecific(buffer_key);

	if (!buffer) {
		buffer = malloc(16384);
		pthread_setspecific(buffer_key, buffer);
	}
	return buffer;
}

static void *convert(void *unused)
{
	for (int block = 0; block < 1000; block++) {
		memset(thread_buffer(), block & 0x7f, 256);
		work_parse();
		work_table();
	}
	return unused;
}

int main(void)
{
	pthread_key_create(&buffer_key, free);
	for (int generation = 0; generation < 3; generation++) {
		pthread_t threads[4];

		for (int i = 0; i < 4; i++)
			pthread_create(&threads[i], NULL, convert, NULL);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	}

	expect("site=thread_buffer allocations=12 live_blocks=0 truth=fine verdict=balanced");
	expect("threads=13 complete=1");
	return 0;
}
