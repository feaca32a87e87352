/* SPDX-License-Identifier: MIT */
/*
 * small_stack.c - starts programs from a thread whose stack has no room for the environment.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

extern char **environ;

static void *start_programs(void *unused)
{
	char *argv[] = {(char *)"true", NULL};
	int status = -1;
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		execve("/bin/true", argv, environ);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	say("vfork and exec: %d", status);
	if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) == 0)
		waitpid(pid, &status, 0);
	say("posix_spawn: %d", status);
	return unused;
}

int main(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 20480);
	if (pthread_create(&thread, &attributes, start_programs, NULL) != 0)
		return 1;
	pthread_join(thread, NULL);
	return 0;
}
