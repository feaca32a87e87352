/* SPDX-License-Identifier: MIT */
/*
 * Processes: a forked child begins its own recording, an executed program gets our variables
 * back. exec runs in vfork children as well, which share our memory: only
 * the stack is used there.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "environment.h"
#include "exec_target.h"
#include "interpose.h"
#include "next.h"
#include "record.h"
#include "settings.h"
#include "syscalls.h"
#include "unrecorded.h"

#define ROOM_BYTES 2048u /* on the caller's stack, which may be small */

PUBLIC pid_t fork(void)
{
	struct unwind_start start = UNWIND_START();
	uint32_t serial;
	pid_t pid;

	next_resolve();
	recorder_on(); /* so that the child knows that it was forked */
	serial = recorder_serial;
	pid = next.fork();
	if (pid == 0)
		recorder_forked(serial);
	else if (pid > 0 && record_wanted())
		record_event(EVENT_FORK, API_NONE, (uint64_t)pid, 0, 0, &start);
	return pid;
}

/*
 * What a program that is executed needs. The environment: as it is, or a copy with our variables, which
 * is on the stack or, if large, in memory of its own. After a vfork that memory stays with the parent.
 */
struct execution {
	char **envp;
	void *mapped;
	size_t mapped_bytes;
	unrecorded_ticket told; /* that it cannot be recorded */
	char room[ROOM_BYTES] __attribute__((aligned(8)));
};

/* Returns whether the program gets our variables. In a frame of its own, which is large. */
static __attribute__((noinline)) bool judge(struct execution *e, int directory, const char *path,
					    bool search_path)
{
	struct exec_target target;

	exec_target_judge(&target, directory, path, search_path);
	/* A forked child that has had no event has no region to tell it in, until here. */
	if (target.reason != UNRECORDED_NOT && recorder_on())
		e->told = unrecorded_tell(&target);
	return exec_target_takes_variables(&target);
}

static void execution_begin(struct execution *e, int directory, const char *path, bool search_path,
			    char *const *envp)
{
	int saved_errno = errno;
	size_t bytes = 0;

	next_resolve();
	e->envp = (char **)envp;
	e->mapped = NULL;
	e->told = 0;
	if (settings.follow_children && *environment_library() &&
	    judge(e, directory, path, search_path))
		bytes = environment_extended_bytes(envp);
	if (bytes > ROOM_BYTES) {
		e->mapped = sys_map_private(bytes);
		e->mapped_bytes = bytes;
	}
	if (bytes && (bytes <= ROOM_BYTES || e->mapped))
		e->envp = environment_extend(envp, e->mapped ? e->mapped : e->room);
	errno = saved_errno;
}

static void execution_end(struct execution *e, bool failed)
{
	if (failed)
		unrecorded_take_back(e->told);
	if (e->mapped)
		sys_call(SYS_munmap, (long)e->mapped, (long)e->mapped_bytes, 0, 0, 0, 0);
}

static void exec_begin(struct execution *e, int directory, const char *path, bool search_path,
		       char *const *envp)
{
	execution_begin(e, directory, path, search_path, envp);
	recorder_ending(END_EXEC, 0);
}

/* An exec that returns has failed. */
static int exec_failed(struct execution *e, int result)
{
	int saved_errno = errno;

	recorder_ending(END_NONE, 0);
	execution_end(e, true);
	errno = saved_errno;
	return result;
}

PUBLIC int execve(const char *path, char *const argv[], char *const envp[])
{
	struct execution e;

	exec_begin(&e, AT_FDCWD, path, false, envp);
	return exec_failed(&e, next.execve(path, argv, e.envp));
}

PUBLIC int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

PUBLIC int execvpe(const char *file, char *const argv[], char *const envp[])
{
	struct execution e;

	exec_begin(&e, AT_FDCWD, file, true, envp);
	return exec_failed(&e, next.execvpe(file, argv, e.envp));
}

PUBLIC int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

PUBLIC int fexecve(int fd, char *const argv[], char *const envp[])
{
	struct execution e;

	exec_begin(&e, fd, "", false, envp);
	return exec_failed(&e, next.fexecve(fd, argv, e.envp));
}

PUBLIC int execveat(int directory, const char *path, char *const argv[], char *const envp[],
		    int flags)
{
	struct execution e;

	exec_begin(&e, directory, path, false, envp);
	return exec_failed(&e, next.execveat(directory, path, argv, e.envp, flags));
}

/* Collects variable arguments up to NULL into an argv on the caller's stack. */
#define COLLECT(argv, first, arguments) \
	do { \
		va_list collect_count; \
		size_t collect_length = 1; \
\
		va_copy(collect_count, arguments); \
		while (va_arg(collect_count, const char *)) \
			collect_length++; \
		va_end(collect_count); \
		(argv) = alloca((collect_length + 1) * sizeof(char *)); \
		(argv)[0] = (char *)(first); \
		for (size_t collect_at = 1; collect_at <= collect_length; collect_at++) \
			(argv)[collect_at] = va_arg(arguments, char *); \
	} while (0)

PUBLIC int execl(const char *path, const char *argument, ...)
{
	va_list arguments;
	char **argv;

	va_start(arguments, argument);
	COLLECT(argv, argument, arguments);
	va_end(arguments);
	return execve(path, argv, environ);
}

PUBLIC int execlp(const char *file, const char *argument, ...)
{
	va_list arguments;
	char **argv;

	va_start(arguments, argument);
	COLLECT(argv, argument, arguments);
	va_end(arguments);
	return execvpe(file, argv, environ);
}

PUBLIC int execle(const char *path, const char *argument, ...)
{
	va_list arguments;
	char *const *envp;
	char **argv;

	va_start(arguments, argument);
	COLLECT(argv, argument, arguments);
	envp = va_arg(arguments, char *const *);
	va_end(arguments);
	return execve(path, argv, envp);
}

PUBLIC int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	struct execution e;
	int error;

	execution_begin(&e, AT_FDCWD, path, false, envp);
	error = next.posix_spawn(pid, path, actions, attributes, argv, e.envp);
	execution_end(&e, error != 0);
	return error;
}

PUBLIC int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	struct execution e;
	int error;

	execution_begin(&e, AT_FDCWD, file, true, envp);
	error = next.posix_spawnp(pid, file, actions, attributes, argv, e.envp);
	execution_end(&e, error != 0);
	return error;
}

PUBLIC int system(const char *command)
{
	bool follow = settings.follow_children && recorder_on();
	int result;

	next_resolve();
	if (follow)
		environment_reveal();
	result = next.system(command);
	if (follow)
		environment_hide();
	return result;
}

PUBLIC FILE *popen(const char *command, const char *mode)
{
	bool follow = settings.follow_children && recorder_on();
	FILE *stream;

	next_resolve();
	if (follow)
		environment_reveal();
	stream = next.popen(command, mode);
	if (follow)
		environment_hide();
	return stream;
}
