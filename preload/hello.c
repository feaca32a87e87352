/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "hello.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "environment.h"
#include "protocol.h"
#include "region.h"
#include "settings.h"
#include "syscalls.h"

#define SEND_TIMEOUT_S 2
#define SOCKET_FD 3 /* of the collector that we start */
#define SIGNALS 64
#define DESCRIPTORS_CLOSED 4096 /* where the kernel has no close_range (before 5.9) */

static socklen_t fill_address(struct sockaddr_un *address, const char *name)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	/* Abstract: begins with NUL, and its length counts. */
	memcpy(address->sun_path + 1, name, strlen(name));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static long send_to(const char *name, long region_fd)
{
	const struct timeval timeout = {SEND_TIMEOUT_S, 0};
	struct hello_message hello = {HELLO_MAGIC, PROTOCOL_VERSION, region.header->region_bytes,
				      region.header->pid, region.header->parent_pid};
	struct iovec part = {&hello, sizeof hello};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct sockaddr_un address;
	struct msghdr message = {
		.msg_name = &address, .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
	long socket_fd, process_fd, sent;
	int fds[2], count = 1;

	if (!*name || strlen(name) + 1 > sizeof address.sun_path)
		return -1;
	socket_fd = sys_fallible(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
	if (sys_failed(socket_fd))
		return socket_fd;
	sys_call(SYS_setsockopt, socket_fd, SOL_SOCKET, SO_SNDTIMEO, (long)&timeout, sizeof timeout,
		 0);
	process_fd = sys_call(SYS_pidfd_open, sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0), 0, 0, 0, 0,
			      0);
	fds[0] = (int)region_fd;
	if (!sys_failed(process_fd))
		fds[count++] = (int)process_fd;
	message.msg_namelen = fill_address(&address, name);
	memset(&control, 0, sizeof control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, (size_t)count * sizeof(int));
	sent = sys_fallible(SYS_sendmsg, socket_fd, (long)&message, MSG_NOSIGNAL, 0, 0, 0);
	if (!sys_failed(process_fd))
		sys_call(SYS_close, process_fd, 0, 0, 0, 0, 0);
	sys_call(SYS_close, socket_fd, 0, 0, 0, 0, 0);
	return sent;
}

/* A socket bound to a name that nobody can guess. */
static long bind_collector_socket(char *name, size_t name_bytes)
{
	static const char digits[] = "0123456789abcdef";
	const int enable = 1;
	struct sockaddr_un address;
	unsigned char random[16];
	long fd;

	if (sys_call(SYS_getrandom, (long)random, sizeof random, 0, 0, 0, 0) != sizeof random)
		return -1;
	strncpy(name, "tenure-", name_bytes);
	for (size_t i = 0; i < sizeof random; i++) {
		name[7 + 2 * i] = digits[random[i] >> 4];
		name[8 + 2 * i] = digits[random[i] & 15];
	}
	name[7 + 2 * sizeof random] = '\0';
	fd = sys_fallible(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
	if (!sys_failed(fd)) {
		socklen_t length = fill_address(&address, name);
		long result = sys_call(SYS_bind, fd, (long)&address, length, 0, 0, 0);

		/* Our message comes before the collector can ask for credentials itself. */
		sys_call(SYS_setsockopt, fd, SOL_SOCKET, SO_PASSCRED, (long)&enable, sizeof enable,
			 0);
		if (!sys_failed(result))
			return fd;
		sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
	}
	return -1;
}

/* The tenure command beside this library: in a build tree, or PREFIX/lib/tenure and PREFIX/bin. */
static bool find_command(char *path, size_t path_bytes)
{
	static const char *const places[] = {"/tenure", "/../../bin/tenure",
					     "/../../../bin/tenure"};
	const char *library = environment_library(), *slash = strrchr(library, '/');
	size_t folder = slash ? (size_t)(slash - library) : 0;

	for (size_t i = 0; slash && i < sizeof places / sizeof places[0]; i++) {
		if (folder + strlen(places[i]) >= path_bytes)
			return false;
		memcpy(path, library, folder);
		strcpy(path + folder, places[i]);
		if (sys_call(SYS_faccessat, AT_FDCWD, (long)path, 1 /* X_OK */, 0, 0, 0) == 0)
			return true;
	}
	return false;
}

/* In the collector's process, which shares nothing with the program any more but its folder. */
static void become_collector(const char *command, long socket_fd, char *output)
{
	char *argv[] = {(char *)"tenure", (char *)"collect", (char *)"--socket-fd=3", output, NULL};
	char *envp[] = {NULL};
	uint64_t no_signals = 0;
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} defaults = {SIG_DFL, 0, NULL, 0};
	long null_fd = sys_call(SYS_openat, AT_FDCWD, (long)"/dev/null", O_RDWR, 0, 0, 0);

	for (int number = 1; number <= SIGNALS; number++)
		sys_call(SYS_rt_sigaction, number, (long)&defaults, 0, 8, 0, 0);
	if (socket_fd == SOCKET_FD)
		sys_call(SYS_fcntl, socket_fd, F_SETFD, 0, 0, 0, 0);
	else
		sys_call(SYS_dup3, socket_fd, SOCKET_FD, 0, 0, 0, 0);
	for (int fd = 0; fd < 3 && !sys_failed(null_fd); fd++)
		if (null_fd != fd)
			sys_call(SYS_dup3, null_fd, fd, 0, 0, 0, 0);
	if (sys_failed(sys_call(SYS_close_range, SOCKET_FD + 1, ~0u, 0, 0, 0, 0)))
		for (int fd = SOCKET_FD + 1; fd < DESCRIPTORS_CLOSED; fd++)
			sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
	sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&no_signals, 0, 8, 0, 0);
	sys_call(SYS_execve, (long)command, (long)argv, (long)envp, 0, 0, 0);
	sys_call(SYS_exit_group, 127, 0, 0, 0, 0, 0);
}

/*
 * Two generations without an exit signal: the program's wait() does not see the first, which we
 * reap by __WCLONE, and the second belongs to init from its birth on. A new session keeps it out
 * of the program's process group and terminal. The first shares our stack until it ends, so the
 * clone must happen in this very frame and the frame must not be left by it.
 */
static __attribute__((noinline)) bool spawn(const char *command, long socket_fd, char *output)
{
	int status = -1;
	long pid, second;

	if (sys_failure_due())
		return false;
	pid = sys_call(SYS_clone, CLONE_VM | CLONE_VFORK, 0, 0, 0, 0, 0);
	if (pid == 0) {
		sys_call(SYS_setsid, 0, 0, 0, 0, 0, 0);
		second = sys_failure_due() ? -ENOMEM : sys_call(SYS_clone, 0, 0, 0, 0, 0, 0);
		if (second == 0)
			become_collector(command, socket_fd, output);
		sys_call(SYS_exit, sys_failed(second), 0, 0, 0, 0, 0);
	}
	if (sys_failed(pid))
		return false;
	while (sys_call(SYS_wait4, pid, (long)&status, __WCLONE, 0, 0, 0) == -EINTR)
		;
	return status == 0;
}

static bool start_collector(long region_fd)
{
	static char command[4096], output[sizeof settings.output + 16], name[64];
	char option[80] = "collector=";
	long socket_fd;
	bool started;

	if (!find_command(command, sizeof command))
		return false;
	socket_fd = bind_collector_socket(name, sizeof name);
	if (sys_failed(socket_fd))
		return false;
	strcpy(stpcpy(output, "--output="), *settings.output ? settings.output : "%e.%p.tenure");
	/* The message waits in the socket until the collector reads it. */
	started = !sys_failed(send_to(name, region_fd)) && spawn(command, socket_fd, output);
	sys_call(SYS_close, socket_fd, 0, 0, 0, 0, 0);
	if (started) {
		strcpy(settings.collector, name);
		environment_add_option(strcat(option, name));
	}
	return started;
}

void hello_wake(void)
{
	const uint32_t magic = WAKE_MAGIC;
	struct sockaddr_un address;
	socklen_t length = fill_address(&address, settings.collector);
	long fd = sys_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0,
			   0);

	if (sys_failed(fd))
		return;
	sys_call(SYS_sendto, fd, (long)&magic, sizeof magic, MSG_NOSIGNAL, (long)&address, length);
	sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

bool hello_send(long region_fd)
{
	return !sys_failed(send_to(settings.collector, region_fd)) || start_collector(region_fd);
}
