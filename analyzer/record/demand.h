/* SPDX-License-Identifier: MIT */
/*
 * demand.h - which snapshots are wanted of a session, and the one that is being taken.
 *
 * Wanted by a thread of the process, which waits for it; by a user; or by the clock. One is taken at a
 * time, a piece with every pass of the collector, so that the rings of all processes are drained
 * meanwhile. A snapshot that the process does not live to see is given up.
 */
#ifndef TENURE_RECORD_DEMAND_H
#define TENURE_RECORD_DEMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"

struct session;
struct snapshot;

/* Zero-initialise but for socket_fd. */
struct demand {
	uint64_t interval_ns; /* 0: none by the clock */
	struct request_sender *waiting; /* users who have asked and get an answer; */
	size_t waiting_count, waiting_capacity;
	int socket_fd; /* from this socket */

	/* Own */
	size_t served; /* of those waiting, how many asked before the snapshot was begun */
	struct snapshot *snapshot; /* being taken; NULL: none */
	uint32_t cause; /* of it */
	uint32_t asked; /* the thread's request that it answers, and those answered */
	uint32_t answered;
	uint64_t due_ns;
};

/* A user wants one. */
void demand_ask(struct session *s, const struct request_sender *sender);

/* Goes on with what is wanted; true if there is more to do at once. */
bool demand_step(struct session *s);

/* Something waits to be begun: nobody may sleep. */
bool demand_is_open(const struct session *s);

/* Gives up what is not finished. */
void demand_release(struct session *s);

#endif
