/* SPDX-License-Identifier: MIT */
/*
 * sleepers.c - threads that sleep, and a heap that stays as it is.
 *
 * Usage: sleepers THREADS MIB
 *
 * Says on stdout when all sleep and so much is allocated, in linked blocks; ends, without releasing
 * anything, when stdin does.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK_BYTES 240 /* 256 with what glibc adds */
#define STACK_BYTES 65536

struct block {
	struct block *next;
	char rest[BLOCK_BYTES - sizeof(struct block *)];
};

static struct block *blocks;
static pthread_barrier_t ready;

static void *sleep_on(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

static void start_thread(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (pthread_create(&thread, &attributes, sleep_on, NULL) != 0)
		abort();
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	unsigned long mib = argc > 2 ? (unsigned long)atol(argv[2]) : 0;
	char byte;

	for (unsigned long i = 0; i < mib * 4096; i++) {
		struct block *block = calloc(1, sizeof *block);

		if (!block)
			abort();
		block->next = blocks;
		blocks = block;
	}
	pthread_barrier_init(&ready, NULL, threads);
	for (unsigned i = 1; i < threads; i++)
		start_thread();
	pthread_barrier_wait(&ready);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
