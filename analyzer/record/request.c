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

/* How long an answer may take after the process has ended: it says that then, if there is one. */
#define LAST_WORDS_NS 2000000000ull

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

/* False if nobody records the process for sure: its memory would show the recorder's. */
static bool may_be_recorded(const struct process *process)
{
	FILE *maps = process_file(process, "maps");
	bool seen = false, found = false;
	char line[512];

	while (maps && !found && fgets(line, sizeof line, maps)) {
		seen = true;
		found = strstr(line, "/memfd:tenure");
	}
	if (maps)
		fclose(maps);
	return found || !seen;
}

/* Returns whether something has come. Not when the process has ended: then *until_ns comes near. */
static bool wait_for_message(int socket_fd, struct process *process, uint64_t *until_ns)
{
	struct pollfd polled[] = {{.fd = socket_fd, .events = POLLIN},
				  {.fd = process->pidfd, .events = POLLIN}};
	uint64_t now_ns;

	while ((now_ns = process_now_ns()) < *until_ns) {
		uint64_t left_ms = (*until_ns - now_ns) / 1000000 + 1;

		if (poll(polled, 2, left_ms < INT_MAX ? (int)left_ms : INT_MAX) < 0 &&
		    errno != EINTR)
			return false;
		if (polled[0].revents)
			return true;
		if (polled[1].revents) {
			polled[1].fd = -1;
			now_ns = process_now_ns();
			if (now_ns + LAST_WORDS_NS < *until_ns)
				*until_ns = now_ns + LAST_WORDS_NS;
		}
	}
	return false;
}

/* The first answer but of strangers, of so many that were asked. */
static enum request_result wait_for_answer(int socket_fd, unsigned asked, struct process *process,
					   uint64_t until_ns, char trace_path[PATH_MAX])
{
	struct answer_message answer;

	while (asked && wait_for_message(socket_fd, process, &until_ns)) {
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
	return process_ended(process) ? REQUEST_ENDED : REQUEST_FAILED;
}

static enum request_result ask(int socket_fd, struct process *process, uint64_t until_ns,
			       char trace_path[PATH_MAX])
{
	const struct sockaddr_un unnamed = {.sun_family = AF_UNIX};

	if (process->folder < 0 || !may_be_recorded(process))
		return REQUEST_FAILED;
	/* The kernel finds a name to answer to. */
	if (bind(socket_fd, (const struct sockaddr *)&unnamed, sizeof unnamed.sun_family) != 0)
		return REQUEST_FAILED;
	return wait_for_answer(socket_fd, ask_all(socket_fd, process->pid), process, until_ns,
			       trace_path);
}

enum request_result request_snapshot(pid_t pid, uint64_t patience_ns, char trace_path[PATH_MAX])
{
	uint64_t until_ns = process_now_ns() + patience_ns;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	enum request_result result;
	struct process process;

	*trace_path = '\0';
	if (fd < 0)
		return REQUEST_FAILED;
	process_open(&process, pid, -1);
	result = ask(fd, &process, until_ns, trace_path);
	process_close(&process);
	close(fd);
	return result;
}
