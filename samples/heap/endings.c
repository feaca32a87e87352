/* SPDX-License-Identifier: MIT */
/*
 * endings.c - whose locals are alive when a program ends?
 *
 * Those of functions that have not returned: a call of exit() deep in a program is no reason to
 * complain about what its callers were just using. When main has returned there are none left.
 */
#define _GNU_SOURCE
#include <err.h>
#include <sys/wait.h>

#include "sleepers.h"

CASE(main_returns, "direct 1 64")
{
	*local_of_main = new_block();
}

CASE(exit_below_main, "reachable 1 64")
{
	*local_of_main = new_block();
	exit(0);
}

static void end_deep(int depth, void (*end)(int))
{
	void *volatile local = new_block();

	if (depth > 0)
		end_deep(depth - 1, end);
	else
		end(0);
	free(local);
}

CASE(locals_of_callers_of_exit, "reachable 10 640")
{
	end_deep(9, exit);
}

CASE(locals_of_callers_of__exit, "reachable 10 640")
{
	end_deep(9, _exit);
}

CASE(locals_of_callers_of_quick_exit, "reachable 10 640")
{
	end_deep(9, quick_exit);
}

static void give_up(int status)
{
	errx(status, "giving up");
}

CASE(locals_of_callers_of_err, "reachable 10 640")
{
	end_deep(9, give_up);
}

/* Of a call that has returned, with its remains just below the frame that calls exit(). */
static void leave_remains(void)
{
	void *volatile local[512];

	local[0] = new_block();
	for (int i = 1; i < 512; i++)
		local[i] = local[0];
}

CASE(stale_slot, "direct 1 64")
{
	leave_remains();
	exit(0);
}

CASE(stale_slot_at__exit, "direct 1 64")
{
	leave_remains();
	_exit(0);
}

static void *outlive_main(void *argument)
{
	void *volatile local = new_block();

	await_end();
	return NULL;
}

/* The last thread to end ends the process, and then no function has locals any more. */
CASE(main_thread_exits, "direct 2 128, reachable 1.. 64..")
{
	pthread_t thread;

	kept = new_block();
	*local_of_main = new_block();
	pthread_create(&thread, NULL, outlive_main, NULL);
	sleeper = getpid();
	pthread_exit(NULL);
}

static void *exit_from_thread(void *argument)
{
	end_deep(9, exit);
	return NULL;
}

/* main has not returned: it waits. */
CASE(exit_in_thread, "reachable 11.. 704..")
{
	pthread_t thread;

	*local_of_main = new_block();
	pthread_create(&thread, NULL, exit_from_thread, NULL);
	pthread_join(thread, NULL);
}

static void exit_on_signal(int number)
{
	exit(0);
}

/* What was interrupted still has its locals, although the handler runs on another stack. */
CASE(exit_in_signal_handler, "reachable 1 64")
{
	static char stack[64 * 1024];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction action = {.sa_handler = exit_on_signal, .sa_flags = SA_ONSTACK};

	*local_of_main = new_block();
	sigaltstack(&alternate, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void free_kept(void)
{
	free(kept);
	kept = NULL;
}

/* Handlers of exit() belong to the program: what they free was not lost. */
CASE(handler_frees, "reachable 0 0")
{
	kept = new_block();
	atexit(free_kept);
}

static void lose_one(void)
{
	new_block();
}

CASE(handler_loses, "direct 1 64")
{
	atexit(lose_one);
}

static void keep_one(void)
{
	kept = new_block();
}

CASE(handler_keeps, "reachable 1 64")
{
	atexit(keep_one);
}

static void *volatile for_destructor;

__attribute__((destructor)) static void free_late(void)
{
	free(for_destructor);
	for_destructor = NULL;
}

CASE(destructor_frees, "reachable 0 0")
{
	for_destructor = new_block();
}

/* Each process has an answer of its own. The child has inherited a block, of which its trace knows
 * nothing, and loses another one. */
CASE(forked_child_loses, "reachable 1 64")
{
	kept = new_block();
	if (fork() == 0) {
		expect("direct 1 64");
		lose_one();
		scrub();
		exit(0);
	}
	wait(NULL);
}

/* What only an inherited block holds is held. */
CASE(held_by_inherited, "reachable 1 64")
{
	kept = new_block();
	if (fork() == 0) {
		expect("reachable 1.. 64..");
		*(void **)kept = new_block();
		scrub();
		exit(0);
	}
	wait(NULL);
}
