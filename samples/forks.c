/* SPDX-License-Identifier: MIT */
/*
 * forks.c MODE - the ways to get a child process; each child has a trace of its own.
 *
 * A forked child begins with all the blocks of its parent, which it may release: those are
 * neither leaks nor unknown frees. An image started by exec begins empty. A child made by vfork
 * runs in its parent's memory until it calls exec or _exit, so what it does there must not be
 * taken for the end of the parent.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "expect.h"

extern char **environ;

static char program[4096];
static void *inherited[5];

static void allocate_as_parent(void)
{
	for (int i = 0; i < 5; i++)
		inherited[i] = malloc(1000);
}

static void allocate_as_child(void)
{
	for (int i = 0; i < 30; i++)
		malloc(64);
}

static void work_as_child(void)
{
	for (int i = 0; i < 5; i++)
		free(inherited[i]);
	allocate_as_child();
	expect("site=allocate_as_child live_blocks=30 live_bytes=1920");
	expect("lost_events=0");
	expect("finding=foreign-free occurrences=0");
	expect("finding=double-free occurrences=0");
}

static void wait_for(pid_t child)
{
	int status = -1;

	waitpid(child, &status, 0);
	say("child ended with %d", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static void do_fork(void)
{
	pid_t child = fork();

	if (child == 0) {
		work_as_child();
		exit(3);
	}
	wait_for(child);
}

static void do_fork_exec(void)
{
	pid_t child = fork();

	if (child == 0) {
		execl(program, program, "child", NULL);
		_exit(99);
	}
	wait_for(child);
}

static void do_vfork(void)
{
	pid_t child = vfork();

	if (child == 0) {
		execl(program, program, "child", NULL);
		_exit(99);
	}
	wait_for(child);
}

static void do_vfork_exit(void)
{
	pid_t child = vfork();

	if (child == 0)
		_exit(5);
	wait_for(child);
}

static void do_failing_exec(void)
{
	execl("/nonexistent/program", "program", NULL);
	say("exec failed: %s", strerror(errno));
}

static void do_spawn(void)
{
	char *arguments[] = {program, "child", NULL};
	pid_t child = -1;

	posix_spawn(&child, program, NULL, NULL, arguments, environ);
	wait_for(child);
}

static void do_shell(void)
{
	char command[4200];

	snprintf(command, sizeof command, "'%s' child; exit 4", program);
	say("shell ended with %d", WEXITSTATUS(system(command)));
}

/* The parent is gone at once; the daemon goes on for a while and ends when nobody looks. */
static void do_daemon(void)
{
	pid_t child = fork();

	if (child == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		usleep(2000000);
		allocate_as_child();
		expect("site=allocate_as_child live_blocks=30 live_bytes=1920");
		expect("lost_events=0");
		_exit(0);
	}
	wait_for(child);
}

static atomic_bool stop;

static void *churn(void *unused)
{
	while (!atomic_load(&stop))
		free(malloc(40));
	return unused;
}

static void *allocate_briefly(void *unused)
{
	for (int i = 0; i < 100; i++)
		free(malloc(50));
	return unused;
}

static void run_threads_and_module(void)
{
	pthread_t threads[4];
	void *library;

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, allocate_briefly, NULL);
	library = dlopen("libutil.so.1", RTLD_NOW);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	allocate_as_child();
	expect("site=allocate_as_child live_blocks=30");
	exit(library ? 0 : 1);
}

/* Whatever lock a thread of the parent holds at the moment of the fork, no thread of the child
 * is there to give it back. */
static void do_threads(void)
{
	pthread_t threads[16];
	int finished = 0;

	for (int i = 0; i < 16; i++)
		pthread_create(&threads[i], NULL, churn, NULL);
	for (int i = 0; i < 40; i++) {
		int status = -1;
		pid_t child = fork();

		if (child == 0)
			run_threads_and_module();
		waitpid(child, &status, 0);
		finished += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 16; i++)
		pthread_join(threads[i], NULL);
	say("%d of 40 children finished", finished);
}

static void do_many(void)
{
	int finished = 0;

	for (int i = 0; i < 1000; i++) {
		int status = -1;
		pid_t child = fork();

		if (child == 0) {
			free(malloc(10));
			malloc(20);
			_exit(0);
		}
		waitpid(child, &status, 0);
		finished += status == 0;
	}
	say("%d of 1000 children finished", finished);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {
		{"fork", do_fork},
		{"fork_exec", do_fork_exec},
		{"vfork", do_vfork},
		{"vfork_exit", do_vfork_exit},
		{"failing_exec", do_failing_exec},
		{"spawn", do_spawn},
		{"shell", do_shell},
		{"daemon", do_daemon},
		{"threads", do_threads},
		{"many", do_many},
	};
	const char *mode = argc > 1 ? argv[1] : "fork";

	snprintf(program, sizeof program, "%s", argv[0]);
	if (!strcmp(mode, "child")) {
		work_as_child();
		return 3;
	}
	allocate_as_parent();
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(mode, modes[i].name))
			modes[i].run();
	expect("site=allocate_as_parent allocations=5 live_blocks=5 live_bytes=5000");
	expect("lost_events=0 complete=1");
	return 0;
}
