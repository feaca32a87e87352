/* SPDX-License-Identifier: MIT */
/* contexts.c - coroutines: locals on stacks that are no stacks to the kernel. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <ucontext.h>

#include "heap.h"

#define STACK_BYTES (64 * 1024)

static ucontext_t scheduler, coroutine;

/* Returns when the coroutine waits. */
static void start(void (*function)(void), void *stack)
{
	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = stack;
	coroutine.uc_stack.ss_size = STACK_BYTES;
	makecontext(&coroutine, function, 0);
	swapcontext(&scheduler, &coroutine);
}

static void wait_with_local(void)
{
	void *volatile local = new_block();

	swapcontext(&coroutine, &scheduler);
	free(local);
}

/* The second block is the stack, to which the context of the coroutine has a pointer. */
CASE(suspended_on_block, "reachable 2 65600")
{
	start(wait_with_local, calloc(1, STACK_BYTES));
}

CASE(suspended_on_mapping, "reachable 1 64")
{
	start(wait_with_local,
	      mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* Nobody can resume it, and nobody holds its stack. */
CASE(lost_coroutine, "direct 1 65536, indirect 1 64")
{
	start(wait_with_local, calloc(1, STACK_BYTES));
	memset(&coroutine, 0, sizeof coroutine);
	memset(&scheduler, 0, sizeof scheduler);
}

static void end_program(void)
{
	exit(0);
}

/* The thread is on another stack, but its own one has callers with locals too. */
CASE(exit_on_coroutine, "reachable 1 64")
{
	*local_of_main = new_block();
	start(end_program,
	      mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
