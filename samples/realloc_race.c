/* SPDX-License-Identifier: MIT */
/*
 * realloc_race.c [THREADS [ROUNDS]] - blocks travel between threads and everything is freed.
 *
 * Every thread allocates, resizes and swaps its block into a shared slot; what it gets in return,
 * usually another thread's block, it frees. The allocator hands an address out again at once, so
 * a recorder that orders events by when it took its own lock sees the new allocation before the
 * old release and reports leaks and unknown frees that never happened. The right answer is none.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "expect.h"

#define SLOTS 64
#define MAX_THREADS 64
#define STACK_BYTES (256u << 10)

static _Atomic(void *) slots[SLOTS];
static unsigned rounds = 100000;

static void *hand_over(void *argument)
{
	uint32_t random = 2654435761u * (uint32_t)(uintptr_t)argument + 1;

	for (unsigned i = 0; i < rounds; i++) {
		random = random * 1664525u + 1013904223u;
		char *block = malloc(16 + (random >> 26));

		block = realloc(block, 16 + (random >> 22));
		block[0] = 'x';
		free(atomic_exchange(&slots[(random >> 8) % SLOTS], block));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 8;
	pthread_t ids[MAX_THREADS];
	void *stacks[MAX_THREADS];

	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	if (argc > 2)
		rounds = (unsigned)atoi(argv[2]);

	/* Stacks of our own: the C library keeps the ones that it made, with a block for each, and
	 * that would be the only thing alive in the end. */
	for (unsigned i = 0; i < threads; i++) {
		pthread_attr_t attributes;

		stacks[i] = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		pthread_attr_init(&attributes);
		pthread_attr_setstack(&attributes, stacks[i], STACK_BYTES);
		pthread_create(&ids[i], &attributes, hand_over, (void *)(uintptr_t)i);
		pthread_attr_destroy(&attributes);
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		munmap(stacks[i], STACK_BYTES);
	}
	for (int i = 0; i < SLOTS; i++)
		free(atomic_exchange(&slots[i], NULL));

	expect("site=hand_over allocations=%u live_blocks=0 live_bytes=0", 2 * threads * rounds);
	expect("live_blocks=0 live_bytes=0 lost_events=0 threads=%u", threads + 1);
	expect("finding=foreign-free occurrences=0");
	expect("finding=double-free occurrences=0");
	expect("finding=interior-free occurrences=0");
	return 0;
}
