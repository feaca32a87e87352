/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST_S 10

static void check_memfd(struct checks *c)
{
	static const char *const meaning =
		"nobody can collect: a program keeps what fits into a file beside it";
	int fd = memfd_create("tenure-selftest", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
		checks_add(c, "memfd", CHECK_MISSING, meaning, "no sealed shared memory: %s",
			   strerror(errno));
	else
		checks_add(c, "memfd", CHECK_OK, meaning, "shared memory can be made and sealed");
	if (fd >= 0)
		close(fd);
}

static void check_pidfd(struct checks *c)
{
	static const char *const meaning = "the end of a program is noticed later, by looking";
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0)
		checks_add(c, "pidfd", CHECK_MISSING, meaning, "no descriptors of processes: %s",
			   strerror(errno));
	else
		checks_add(c, "pidfd", CHECK_OK, meaning, "processes can be held by descriptors");
	if (fd >= 0)
		close(fd);
}

/* Yama's rule on who may look into whom; "" without one. */
static void read_ptrace_scope(char *text, size_t text_bytes)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope;

	text[0] = '\0';
	if (file && fscanf(file, "%d", &scope) == 1)
		snprintf(text, text_bytes, ", ptrace_scope is %d%s", scope,
			 scope == 1   ? ": of child processes only"
			 : scope == 2 ? ": for root only"
			 : scope == 3 ? ": never"
				      : "");
	if (file)
		fclose(file);
}

/* Reads what another process has changed since it was forked. Returns 0 or an errno value. */
static int read_from(pid_t pid, volatile uint64_t *secret, uint64_t expected)
{
	uint64_t value = 0;
	struct iovec here = {&value, sizeof value};
	struct iovec there = {(void *)secret, sizeof value};

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) != sizeof value)
		return errno ? errno : EIO;
	return value == expected ? 0 : EIO;
}

static void check_other_memory(struct checks *c)
{
	static const char *const meaning =
		"no snapshots of the heap: whether anything still points to a block stays unknown";
	static volatile uint64_t secret;
	const uint64_t expected = 0x74656e757265;
	int ready[2], problem = EIO;
	char scope[80], byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		checks_add(c, "snapshot", CHECK_MISSING, meaning, "no process to try it on: %s",
			   strerror(errno));
		return;
	}
	if (pid == 0) {
		secret = expected;
		alarm(LONGEST_S); /* should nobody end it */
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		problem = read_from(pid, &secret, expected);
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	read_ptrace_scope(scope, sizeof scope);
	if (problem)
		checks_add(c, "snapshot", CHECK_MISSING, meaning,
			   "the memory of another process cannot be read: %s%s", strerror(problem),
			   scope);
	else
		checks_add(c, "snapshot", CHECK_OK, meaning,
			   "the memory of another process can be read%s", scope);
}

void surroundings_check(struct checks *c)
{
	check_memfd(c);
	check_pidfd(c);
	check_other_memory(c);
}
