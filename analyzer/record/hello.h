/* SPDX-License-Identifier: MIT */
/*
 * hello.h - the socket at which recorded processes report, see struct hello_message.
 *
 * An abstract Unix socket: it needs no folder, works after chroot and leaves nothing behind. Its
 * name cannot be guessed, but other users may find it in /proc/net/unix; the kernel says whose
 * message it is.
 */
#ifndef TENURE_HELLO_H
#define TENURE_HELLO_H

#include <stdbool.h>
#include <sys/types.h>

#include "request.h"

#define HELLO_NAME_BYTES 64
#define HELLO_NAME_PREFIX "tenure-"

/* A message with its descriptors, which belong to the caller. */
struct hello {
	pid_t pid; /* as we see it, 0 if it is invisible from here; of a request, whose it is */
	int region_fd;
	int pidfd; /* -1: none */
	struct request_sender sender; /* of a request */
};

enum hello_result {
	HELLO_NONE, /* nothing to receive */
	HELLO_RECEIVED,
	HELLO_REQUEST, /* somebody wants a snapshot */
	HELLO_WAKE, /* somebody waits for us to look at its region */
	HELLO_REFUSED, /* a message that is none of ours, or without its descriptors */
};

/* Makes a socket and its name; returns the descriptor, or -1 with errno set. */
int hello_listen(char name[HELLO_NAME_BYTES]);

/* Prepares a socket that somebody else has bound. */
void hello_adopt(int socket_fd);

enum hello_result hello_receive(int socket_fd, struct hello *hello);

#endif
