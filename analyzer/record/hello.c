/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "hello.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../preload/protocol.h"

#define MOST_DESCRIPTORS 8
#define OVERFLOW_UID 65534

void hello_adopt(int socket_fd)
{
	int yes = 1;

	setsockopt(socket_fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

int hello_listen(char name[HELLO_NAME_BYTES])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint64_t secret[2];
	socklen_t length;
	int fd, saved;

	if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
		return -1;
	snprintf(name, HELLO_NAME_BYTES, HELLO_NAME_PREFIX "%016" PRIx64 "%016" PRIx64, secret[0],
		 secret[1]);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* Before it can be found: credentials are taken down when a message is sent. */
	hello_adopt(fd);
	strcpy(address.sun_path + 1, name);
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
	if (bind(fd, (struct sockaddr *)&address, length) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* What came beside the message. */
struct ancillary {
	int fds[MOST_DESCRIPTORS];
	size_t fd_count;
	struct ucred sender;
	bool has_sender;
};

static void read_ancillary(struct msghdr *message, struct ancillary *a)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS && bytes == sizeof a->sender) {
			memcpy(&a->sender, CMSG_DATA(c), bytes);
			a->has_sender = true;
		} else if (c->cmsg_type == SCM_RIGHTS && !a->fd_count && bytes <= sizeof a->fds) {
			memcpy(a->fds, CMSG_DATA(c), bytes);
			a->fd_count = bytes / sizeof(int);
		}
	}
}

/* A message from before the socket asked for credentials has none; the kernel then shows the id
 * that stands for nobody. */
static bool has_credentials(const struct ancillary *a)
{
	return a->has_sender && (a->sender.pid || a->sender.uid != OVERFLOW_UID);
}

/* A program started by root may have become anybody. */
static bool is_trusted(const struct ancillary *a)
{
	return !has_credentials(a) || geteuid() == 0 || a->sender.uid == geteuid() ||
	       a->sender.uid == getuid();
}

/* The process that a pidfd is for, as we see it; 0 if it cannot be told. */
static pid_t process_behind(int pidfd)
{
	char line[128];
	FILE *info;
	int pid = 0;

	snprintf(line, sizeof line, "/proc/self/fdinfo/%d", pidfd);
	info = fopen(line, "re");
	while (info && pid <= 0 && fgets(line, sizeof line, info))
		sscanf(line, "Pid: %d", &pid);
	if (info)
		fclose(info);
	return pid > 0 ? pid : 0;
}

/* Of a process in a foreign namespace only a pidfd tells when it has ended. */
static bool can_see_end(const struct ancillary *a)
{
	return a->fd_count > 1 || !has_credentials(a) || a->sender.pid > 0;
}

/* Whatever may come; told apart by length. */
union content {
	struct hello_message hello;
	struct request_message request;
	uint32_t magic;
};

_Static_assert(sizeof(struct request_message) < sizeof(struct hello_message), "lengths differ");

static bool is_request(const union content *content, ssize_t bytes)
{
	return bytes == sizeof content->request && content->request.magic == REQUEST_MAGIC;
}

/* Whoever sends it asks all collectors there are: those of others, too, and of other versions. */
static enum hello_result take_request(struct hello *hello, const struct request_message *request,
				      const struct ancillary *a)
{
	bool for_us = request->version == PROTOCOL_VERSION && is_trusted(a);

	hello->pid = for_us ? request->pid : -1;
	hello->sender.user = has_credentials(a) ? a->sender.uid : OVERFLOW_UID;
	return HELLO_REQUEST;
}

enum hello_result hello_receive(int socket_fd, struct hello *hello)
{
	union {
		char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int)) +
			   CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	union content content = {0};
	struct iovec part = {&content, sizeof content};
	struct msghdr message = {.msg_name = &hello->sender.address,
				 .msg_namelen = sizeof hello->sender.address,
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof control.bytes};
	struct ancillary a = {0};
	ssize_t got = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got < 0)
		return HELLO_NONE;
	read_ancillary(&message, &a);
	if (got == sizeof content.magic && content.magic == WAKE_MAGIC && !a.fd_count)
		return HELLO_WAKE;
	hello->sender.address_bytes = message.msg_namelen;
	if (is_request(&content, got) && !a.fd_count)
		return take_request(hello, &content.request, &a);
	if (got != (ssize_t)sizeof content.hello || content.magic != HELLO_MAGIC ||
	    content.hello.version != PROTOCOL_VERSION || !a.fd_count || !is_trusted(&a) ||
	    !can_see_end(&a)) {
		for (size_t i = 0; i < a.fd_count; i++)
			close(a.fds[i]);
		return HELLO_REFUSED;
	}
	hello->region_fd = a.fds[0];
	hello->pidfd = a.fd_count > 1 ? a.fds[1] : -1;
	hello->pid = a.sender.pid;
	if (!hello->pid && hello->pidfd >= 0)
		hello->pid = process_behind(hello->pidfd);
	if (!hello->pid && !has_credentials(&a))
		hello->pid = content.hello.pid;
	for (size_t i = 2; i < a.fd_count; i++)
		close(a.fds[i]);
	return HELLO_RECEIVED;
}
