/* SPDX-License-Identifier: MIT */
/*
 * Processes: a forked child begins its own recording, an executed program gets our variables
 * back, an ending is announced. exec runs in vfork children as well, which share our memory: only
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
#include "interpose.h"
#include "next.h"
#include "record.h"
#include "settings.h"

#define EXTENDED_MOST (1u << 20) /* of the stack; larger environments are handed on as they are */

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

/* Bytes to be added to an environment, 0 if the program is to get it as it is. */
static size_t extension(int directory, const char *path, bool search_path, char *const *envp)
{
	int saved_errno = errno;
	size_t bytes = 0;

	if (settings.follow_children && *environment_library() &&
	    environment_accepts(directory, path, search_path))
		bytes = environment_extended_bytes(envp);
	errno = saved_errno;
	return bytes <= EXTENDED_MOST ? bytes : 0;
}

/* Must stay a macro: the room is on the caller's stack. */
#define EXTENDED(directory, path, search_path, envp) \
	({ \
		size_t extended_bytes = extension(directory, path, search_path, envp); \
		extended_bytes ? environment_extend(envp, alloca(extended_bytes)) : (char **)envp; \
	})

/* After an exec that failed, and only then, anything is returned. */
static int exec_failed(int result)
{
	int saved_errno = errno;

	recorder_ending(END_NONE, 0);
	errno = saved_errno;
	return result;
}

PUBLIC int execve(const char *path, char *const argv[], char *const envp[])
{
	next_resolve();
	recorder_ending(END_EXEC, 0);
	return exec_failed(next.execve(path, argv, EXTENDED(AT_FDCWD, path, false, envp)));
}

PUBLIC int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

PUBLIC int execvpe(const char *file, char *const argv[], char *const envp[])
{
	next_resolve();
	recorder_ending(END_EXEC, 0);
	return exec_failed(next.execvpe(file, argv, EXTENDED(AT_FDCWD, file, true, envp)));
}

PUBLIC int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

PUBLIC int fexecve(int fd, char *const argv[], char *const envp[])
{
	next_resolve();
	recorder_ending(END_EXEC, 0);
	return exec_failed(next.fexecve(fd, argv, EXTENDED(AT_FDCWD, "", false, envp)));
}

PUBLIC int execveat(int directory, const char *path, char *const argv[], char *const envp[],
		    int flags)
{
	next_resolve();
	recorder_ending(END_EXEC, 0);
	return exec_failed(next.execveat(directory, path, argv,
					 EXTENDED(directory, path, false, envp), flags));
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
	next_resolve();
	return next.posix_spawn(pid, path, actions, attributes, argv,
				EXTENDED(AT_FDCWD, path, false, envp));
}

PUBLIC int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	next_resolve();
	return next.posix_spawnp(pid, file, actions, attributes, argv,
				 EXTENDED(AT_FDCWD, file, true, envp));
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

PUBLIC void _exit(int status)
{
	next_resolve();
	recorder_ending(END_UNDERSCORE_EXIT, status);
	next._exit(status);
}

PUBLIC void _Exit(int status)
{
	_exit(status);
}

PUBLIC void quick_exit(int status)
{
	next_resolve();
	recorder_ending(END_QUICK_EXIT, status);
	next.quick_exit(status);
}
