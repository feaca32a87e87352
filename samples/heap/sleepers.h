/* SPDX-License-Identifier: MIT */
/*
 * sleepers.h - threads of the cases: one that has something and then sleeps until the process ends,
 * one that ends first.
 */
#ifndef SAMPLES_HEAP_SLEEPERS_H
#define SAMPLES_HEAP_SLEEPERS_H

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "heap.h"

static volatile pid_t sleeper; /* id of the thread once it has all it should have */

/* Of the thread sleeper, as /proc has it: 'S' is asleep, 0 is gone. */
__attribute__((unused)) static char sleeper_state(void)
{
	char path[64], text[64] = "";
	const char *end;
	int file;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)sleeper);
	file = open(path, O_RDONLY);
	if (file < 0)
		return 0;
	if (read(file, text, sizeof text - 1) < 0)
		text[0] = 0;
	close(file);
	end = strrchr(text, ')');
	return end ? end[2] : 0;
}

/* Returns when the thread has set sleeper and sleeps. */
__attribute__((unused)) static void await_sleep(void)
{
	while (!sleeper || sleeper_state() != 'S')
		sched_yield();
}

/* Starts a thread that sets sleeper and then sleeps for ever. Returns when it does. */
__attribute__((unused)) static void start_sleeper(void *(*sleep_in)(void *), void *argument)
{
	pthread_t thread;

	pthread_create(&thread, NULL, sleep_in, argument);
	await_sleep();
}

/* Returns when the thread, which has set sleeper, is gone; a main thread leaves its name behind. */
__attribute__((unused)) static void await_end(void)
{
	while (!sleeper || (sleeper_state() && sleeper_state() != 'Z'))
		sched_yield();
}

/* No signal wakes the thread from now on, not even those that libc keeps for itself. */
__attribute__((unused)) static void mask_all_signals(void)
{
	uint64_t all = ~(uint64_t)0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
}

/* Says that the thread has all it should have, and sleeps. */
__attribute__((unused)) static void sleep_for_ever(void)
{
	mask_all_signals();
	scrub();
	sleeper = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
}

#endif
