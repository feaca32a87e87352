/* SPDX-License-Identifier: MIT */
/*
 * request.h - how a user asks for a snapshot of a recorded process: both ends of the conversation.
 *
 * One datagram to the collector's socket, and one back when the snapshot is in the trace. Which collector
 * a process has is not known from outside, so all are asked: their sockets have names that /proc/net/unix
 * shows, and those that do not collect the process say so. The kernel says whose request it is.
 */
#ifndef TENURE_REQUEST_H
#define TENURE_REQUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define REQUEST_MAGIC 0x70616e73u

struct request_message {
	uint32_t magic;
	uint32_t version; /* PROTOCOL_VERSION */
	int32_t pid; /* as the asking process sees it */
};

/* Who waits for an answer. */
struct request_sender {
	struct sockaddr_un address;
	socklen_t address_bytes;
	uid_t user;
};

enum request_result {
	REQUEST_DONE, /* the snapshot is in the trace */
	REQUEST_ENDED, /* the process has ended before, or may not be looked into */
	REQUEST_SAMPLED, /* only a sample of its blocks is recorded: who holds them cannot be told */
	REQUEST_UNWRITTEN, /* the trace has no room for it, or for anything */
	REQUEST_STRANGER, /* this collector does not collect it */
	REQUEST_FAILED, /* for who asks: nobody collects the process, or no answer came in time */
};

/* Never waits. trace_path: of REQUEST_DONE, absolute; else "". */
void request_answer(int socket_fd, const struct request_sender *to, enum request_result result,
		    const char *trace_path);

/* Asks, and waits for the answer, but no longer than so. */
enum request_result request_snapshot(pid_t pid, uint64_t patience_ns, char trace_path[PATH_MAX]);

#endif
