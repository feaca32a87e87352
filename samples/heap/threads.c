/* SPDX-License-Identifier: MIT */
/*
 * threads.c - pointers that only a thread has, alive or not.
 *
 * Where a thread lives on, memcheck has one possible block more: libc's record of its thread-local
 * storage, which it holds by a pointer behind a header.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <sys/mman.h>
#include <time.h>

#include "sleepers.h"

#define STACK_BYTES (256 * 1024)

static void *sleep_in_read(void *argument)
{
	void *volatile local = new_block();
	int ends[2];
	char byte;

	pipe(ends);
	mask_all_signals();
	scrub();
	sleeper = (pid_t)syscall(SYS_gettid);
	read(ends[0], &byte, 1);
	return local;
}

CASE(local_of_thread_in_read, "reachable 1.. 64..")
{
	start_sleeper(sleep_in_read, NULL);
}

static void *sleep_in_futex(void *argument)
{
	void *volatile local = new_block();
	int word = 0;

	mask_all_signals();
	scrub();
	sleeper = (pid_t)syscall(SYS_gettid);
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
	return local;
}

CASE(local_of_thread_in_futex, "reachable 1.. 64..")
{
	start_sleeper(sleep_in_futex, NULL);
}

static void *sleep_in_nanosleep(void *argument)
{
	void *volatile local = new_block();
	struct timespec long_time = {.tv_sec = 1000000};

	mask_all_signals();
	scrub();
	sleeper = (pid_t)syscall(SYS_gettid);
	nanosleep(&long_time, NULL);
	return local;
}

CASE(local_of_thread_in_nanosleep, "reachable 1.. 64..")
{
	start_sleeper(sleep_in_nanosleep, NULL);
}

static void *sleep_deep(void *argument)
{
	void *volatile local = new_block();

	sleep_for_ever();
	return local;
}

/* The local belongs to a caller of the function that sleeps. */
CASE(local_of_caller_in_thread, "reachable 1.. 64..")
{
	start_sleeper(sleep_deep, NULL);
}

static void start_sleeper_on(void *stack)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, STACK_BYTES);
	pthread_create(&thread, &attributes, sleep_deep, NULL);
	pthread_attr_destroy(&attributes);
	await_sleep();
}

CASE(running_on_a_mapping, "reachable 1.. 64..")
{
	start_sleeper_on(mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* No variable of the program has the address of the stack, and yet the thread lives on it. */
CASE(running_on_a_block, "reachable 2.. 262208..")
{
	start_sleeper_on(aligned_alloc(4096, STACK_BYTES));
}

static void *forget_argument(void *argument)
{
	argument = NULL;
	sleep_for_ever();
	return argument;
}

/* Only libc still knows what the thread was started with. */
CASE(argument_of_thread, "reachable 1.. 64..")
{
	start_sleeper(forget_argument, new_block());
}

static void make_and_forget(void)
{
	void *volatile local[256];

	for (int i = 0; i < 256; i++)
		local[i] = NULL;
	local[0] = new_block();
	for (int i = 1; i < 256; i++)
		local[i] = local[0];
}

static void *sleep_above_stale_slots(void *argument)
{
	make_and_forget();
	sleeper = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* Stacks are full of what calls left that have returned. */
CASE(stale_slot_of_thread, "direct 1 64")
{
	start_sleeper(sleep_above_stale_slots, NULL);
}

static void *return_block(void *argument)
{
	sleeper = (pid_t)syscall(SYS_gettid);
	return new_block();
}

/* Who joins the thread would get the block. */
CASE(result_not_yet_joined, "reachable 1.. 64..")
{
	pthread_t thread;

	pthread_create(&thread, NULL, return_block, NULL);
	await_end();
}

/* memcheck: reachable, since libc keeps the stack with its record of the thread for a next one. */
CASE(result_joined_and_dropped, "direct 1 64")
{
	pthread_t thread;

	pthread_create(&thread, NULL, return_block, NULL);
	pthread_join(thread, NULL);
}

static void *end_with_local(void *argument)
{
	void *volatile local = new_block();

	sleeper = (pid_t)syscall(SYS_gettid);
	return NULL;
}

/* libc keeps the stack for a next thread, with what is on it. It is stale nevertheless. */
CASE(local_of_joined_thread, "direct 1 64")
{
	pthread_t thread;

	pthread_create(&thread, NULL, end_with_local, NULL);
	pthread_join(thread, NULL);
}

CASE(local_of_detached_thread, "direct 1 64")
{
	pthread_t thread;

	pthread_create(&thread, NULL, end_with_local, NULL);
	pthread_detach(thread);
	await_end();
}

/* Its stack stays until somebody joins it, but no code will ever run there. */
CASE(local_of_ended_thread, "direct 1 64")
{
	pthread_t thread;

	pthread_create(&thread, NULL, end_with_local, NULL);
	await_end();
}

static void *cancelled(void *argument)
{
	void *volatile local = new_block();

	sleeper = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return local;
}

/* A cancelled thread without a cleanup handler. */
CASE(local_of_cancelled_thread, "direct 1 64")
{
	pthread_t thread;

	pthread_create(&thread, NULL, cancelled, NULL);
	while (!sleeper)
		sched_yield();
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}
