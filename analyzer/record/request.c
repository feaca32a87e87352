/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "request.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../preload/protocol.h"
#include "hello.h"
#include "process.h"

struct answer_message {
	uint32_t magic;
	uint32_t result; /* enum request_result */
	char trace_path[PATH_MAX];
};

void request_answer(int socket_fd, const struct request_sender *to, enum request_result result,
		    const char *trace_path)
{
	struct answer_message answer = {.magic = REQUEST_MAGIC, .result = result};

	strncpy(answer.trace_path, trace_path, sizeof answer.trace_path - 1);
	sendto(socket_fd, &answer, sizeof answer, MSG_DONTWAIT | MSG_NOSIGNAL,
	       (const struct sockaddr *)&to->address, to->address_bytes);
}

/* Sends the request to every collector there is; returns how many got it. */
static unsigned ask_all(int socket_fd, pid_t pid)
{
	struct request_message request = {REQUEST_MAGIC, PROTOCOL_VERSION, pid};
	FILE *sockets = fopen("/proc/net/unix", "re");
	unsigned asked = 0;
	char line[512];

	while (sockets && fgets(line, sizeof line, sockets)) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		const char *name = strstr(line, " @" HELLO_NAME_PREFIX);
		size_t length = name ? strcspn(name + 2, "\n") : 0;

		if (!length || length >= HELLO_NAME_BYTES)
			continue;
		memcpy(address.sun_path + 1, name + 2, length);
		asked += sendto(socket_fd, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT,
				(struct sockaddr *)&address,
				(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) ==
			 sizeof request;
	}
	if (sockets)
		fclose(sockets);
	return asked;
}

/* The first answer but of strangers, of so many that were asked. */
static enum request_result wait_for_answer(int socket_fd, unsigned asked, uint64_t until_ns,
					   char trace_path[PATH_MAX])
{
	struct pollfd polled = {.fd = socket_fd, .events = POLLIN};
	struct answer_message answer;

	while (asked) {
		uint64_t now_ns = process_now_ns();
		int left_ms = now_ns < until_ns ? (int)((until_ns - now_ns) / 1000000) : 0;

		if (poll(&polled, 1, left_ms) <= 0 && (errno != EINTR || !left_ms))
			break;
		if (recv(socket_fd, &answer, sizeof answer, MSG_DONTWAIT) != sizeof answer ||
		    answer.magic != REQUEST_MAGIC)
			continue;
		asked--;
		if (answer.result == REQUEST_STRANGER)
			continue;
		answer.trace_path[sizeof answer.trace_path - 1] = '\0';
		strcpy(trace_path, answer.trace_path);
		return answer.result < REQUEST_STRANGER ? (enum request_result)answer.result
							: REQUEST_FAILED;
	}
	return REQUEST_FAILED;
}

enum request_result request_snapshot(pid_t pid, uint64_t patience_ns, char trace_path[PATH_MAX])
{
	const struct sockaddr_un unnamed = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	enum request_result result = REQUEST_FAILED;

	*trace_path = '\0';
	if (fd < 0)
		return REQUEST_FAILED;
	/* The kernel finds a name to answer to. */
	if (bind(fd, (const struct sockaddr *)&unnamed, sizeof unnamed.sun_family) == 0)
		result = wait_for_answer(fd, ask_all(fd, pid), process_now_ns() + patience_ns,
					 trace_path);
	close(fd);
	return result;
}
