/* SPDX-License-Identifier: MIT */
/*
 * contexts.c [STACK_BYTES] - coroutines: user-level contexts on small stacks of their own.
 *
 * Each switch changes the stack under the recorder's feet. What it remembers of the previous
 * stack of the thread must not be taken for the present one, and it must itself be modest, for
 * these stacks have no room for large buffers.
 */
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "expect.h"

#define CONTEXTS 20
#define ROUNDS 50

static ucontext_t scheduler, contexts[CONTEXTS];
static void *kept[CONTEXTS][ROUNDS];

static void *allocate_even(void)
{
	return malloc(100);
}

static void *allocate_odd(void)
{
	return malloc(300);
}

static void coroutine(int number)
{
	for (int round = 0; round < ROUNDS; round++) {
		kept[number][round] = number % 2 == 0 ? allocate_even() : allocate_odd();
		free(malloc(16));
		swapcontext(&contexts[number], &scheduler);
	}
}

int main(int argc, char **argv)
{
	size_t stack_bytes = argc > 1 ? (size_t)atol(argv[1]) : 16384;

	for (int i = 0; i < CONTEXTS; i++) {
		getcontext(&contexts[i]);
		contexts[i].uc_stack.ss_sp = malloc(stack_bytes);
		contexts[i].uc_stack.ss_size = stack_bytes;
		contexts[i].uc_link = &scheduler;
		makecontext(&contexts[i], (void (*)(void))coroutine, 1, i);
	}
	for (int round = 0; round <= ROUNDS; round++)
		for (int i = 0; i < CONTEXTS; i++)
			swapcontext(&scheduler, &contexts[i]);

	expect("site=allocate_even live_blocks=%d live_bytes=%d", CONTEXTS / 2 * ROUNDS,
	       CONTEXTS / 2 * ROUNDS * 100);
	expect("site=allocate_odd live_blocks=%d live_bytes=%d", CONTEXTS / 2 * ROUNDS,
	       CONTEXTS / 2 * ROUNDS * 300);
	expect("site=coroutine allocations=%d live_blocks=0", CONTEXTS * ROUNDS);
	expect("lost_events=0 complete=1");
	return 0;
}
