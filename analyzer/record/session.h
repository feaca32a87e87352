/* SPDX-License-Identifier: MIT */
/*
 * session.h - one recorded process image: its region, and the trace made from it.
 *
 * Everything that was published in the region ends up in the trace or is counted as lost:
 * published = stored + lost. An error of the writer changes nothing in how the region is drained.
 */
#ifndef TENURE_SESSION_H
#define TENURE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "demand.h"
#include "drain.h"
#include "marks.h"
#include "modules.h"
#include "process.h"
#include "region.h"
#include "stackmap.h"
#include "threads.h"
#include "trace_name.h"

/* From where a region came to us; the descriptors become the session's, also on failure. */
struct session_origin {
	enum region_source source;
	int region_fd;
	int pidfd; /* -1: none */
	pid_t pid; /* of the process as we see it, 0: it is gone or invisible */
};

struct session {
	struct region region;
	struct process process;
	int32_t pid, parent_pid; /* as we see them if we can, else as the process said */
	bool same_numbers; /* its process and thread ids mean the same to us */
	const char *path; /* of the trace; owned by the trace_name */
	char *exe;

	struct writer *writer;
	struct drain drain;
	struct modules modules;
	struct stackmap stacks;
	struct threads threads;
	struct marks marks;
	struct demand demand;
	uint64_t lost, broken_rings; /* found at the end, or when a ring of a file has been read */

	int32_t *forked; /* children it announced; whoever reads them resets the count */
	size_t forked_count, forked_capacity;

	uint64_t started_ns; /* CLOCK_MONOTONIC, as all below */
	uint64_t clock_due_ns, memory_due_ns, second_due_ns;
	bool ending_seen; /* it said how it will end */
	struct trace_clock ended; /* when its end was noted; stamp 0: not yet */
};

/* Why there is no session. */
struct session_problem {
	const char *text; /* what is wrong with the region, or NULL: */
	const char *path; /* the trace that could not be made */
	int number; /* errno of that */
};

struct session *session_new(const struct session_origin *origin, struct trace_name *name,
			    struct session_problem *problem);

/* Takes everything published so far; returns the number of records. *fullest_permille is raised
 * to the largest share of a ring that was found filled. */
size_t session_drain(struct session *s, unsigned *fullest_permille);

/* Writes one of the chunks that are complete; true if there are more. Rings come first: a thread
 * waits for room in its ring, and nobody for a chunk. */
bool session_write(struct session *s);

/* Sleeps until the process rings, since one of its rings is half full or it is about to end; or so
 * long. False, at once, if it cannot be relied on to ring. */
bool session_sleep(struct session *s, uint64_t longest_ns);

/* What has to be done now and then: clocks, memory, names, flushing. Cheap if nothing is due. */
void session_tick(struct session *s, bool active);

/* Tells the process that nobody drains any more, and nothing else. */
void session_abandon(struct session *s);

/* The process is gone, but its trace stays open: children of it may yet be linked. What is written
 * as the time of its end is now. */
void session_note_end(struct session *s);

/* Totals of a finished session. */
struct session_totals {
	uint64_t events, lost;
	uint64_t broken_rings;
	int write_error; /* errno, 0 if all was written */
};

/* The image has ended: drains what is left, ends the trace, frees s. kind and status:
 * TRACE_END_*; with TRACE_END_UNKNOWN what the process itself said counts. */
void session_finish(struct session *s, uint32_t kind, int status, struct session_totals *totals);

#endif
