/* SPDX-License-Identifier: MIT */
/*
 * server.c - a server that forgets to take some sessions out of its registry.
 *
 * Nothing is lost: each forgotten session hangs in the table for ever, and can be reached from the
 * global variable `registry`. So one look at who holds what cannot tell this leak from a server at its
 * work. Two looks, some time apart, can: the sessions of open_session have become more, all held through
 * registry.sessions, while its workers and the last replies are as many as before.
 *
 *	tenure run -o T -- build/samples/heap/server	then, a while apart
 *	tenure snapshot PID
 *
 * Prints nothing and runs until it gets a line (or the end) of stdin.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUCKETS 256
#define WORKERS 8
#define REPLIES 16

struct session {
	struct session *next; /* in its bucket */
	unsigned id;
	char *user;
};

struct worker {
	char *buffer;
	size_t buffer_size;
};

static struct {
	const char *name;
	struct session *sessions[BUCKETS];
	size_t session_count;
	struct worker *workers[WORKERS];
} registry = {.name = "sessions"};

static char *last_replies[REPLIES];

static struct worker *new_worker(void)
{
	struct worker *worker = calloc(1, sizeof *worker);

	worker->buffer_size = 4096;
	worker->buffer = calloc(1, worker->buffer_size);
	return worker;
}

static void open_session(unsigned id)
{
	struct session **bucket = &registry.sessions[id % BUCKETS];
	struct session *session = calloc(1, sizeof *session);
	char user[32];

	snprintf(user, sizeof user, "user %u", id);
	session->id = id;
	session->user = strdup(user);
	session->next = *bucket;
	*bucket = session;
	registry.session_count++;
}

static void close_session(unsigned id)
{
	struct session **link = &registry.sessions[id % BUCKETS];

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	if (*link) {
		struct session *closed = *link;

		*link = closed->next;
		free(closed->user);
		free(closed);
		registry.session_count--;
	}
}

static void reply(unsigned id)
{
	char **slot = &last_replies[id % REPLIES];

	free(*slot);
	*slot = calloc(1, 200);
}

static void serve(unsigned id)
{
	open_session(id);
	reply(id);
	if (id % 10 == 7) /* the bug: whoever hangs up without a word is not taken out */
		return;
	close_session(id);
}

int main(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[256];

	for (int i = 0; i < WORKERS; i++)
		registry.workers[i] = new_worker();
	for (unsigned id = 0; poll(&input, 1, 1) == 0;)
		for (int i = 0; i < 20; i++)
			serve(id++);
	while (read(STDIN_FILENO, line, sizeof line) < 0)
		;
	return 0;
}
