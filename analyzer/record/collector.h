/* SPDX-License-Identifier: MIT */
/*
 * collector.h - receives recorded processes and drains them until they end.
 *
 * Single-threaded: one loop over the socket, the processes' pidfds and short timeouts. It never
 * prints while programs run; what went wrong is in the summary, to be told at the end. A collector
 * survives fork(): the copy that goes on collects, the other one must only exit.
 */
#ifndef TENURE_COLLECTOR_H
#define TENURE_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace_name.h"

struct collector;

struct collector_summary {
	uint64_t traces; /* finished */
	uint64_t events, lost; /* in them */
	uint64_t broken_rings;
	const char *child_trace; /* last trace of the child, NULL: it was never recorded */
	uint64_t refused; /* processes that could not be recorded, for the reason below */
	const char *refused_reason;
	const char *failed_path; /* first trace that could not be made or written, NULL: none */
	int failed_error; /* errno of that */
};

/* socket_fd: bound by somebody else, or -1 to make one. Neither it nor the name are owned. Returns
 * NULL with errno set. */
struct collector *collector_new(int socket_fd, struct trace_name *name);
void collector_free(struct collector *c);

/* Name of the socket made, for TENURE_OPTIONS. */
const char *collector_address(const struct collector *c);

/* A snapshot of each process that begins from now on, so often. */
void collector_snapshot_every(struct collector *c, uint64_t interval_ns);

/* The process that the caller waits for: its end comes by collector_child_ended. followed: its
 * children are recorded too. */
void collector_expect_child(struct collector *c, pid_t pid, bool followed);

/* Collects until until_fd is readable; with -1, until nothing is left to collect. */
void collector_run(struct collector *c, int until_fd);

/* The child has ended with this status of waitpid; its trace is finished when this returns, and
 * so are those of all others that have ended. Waits for announced children to report, but not
 * noticeably long. */
void collector_child_ended(struct collector *c, int wait_status);

/* Recorded processes still run, or children of such may yet report. */
bool collector_is_busy(struct collector *c);

/* Stops collecting: what still runs ends its trace here, as detached. */
void collector_detach(struct collector *c);

/* Only tells the processes that nobody collects any more; needs no memory. */
void collector_abandon(struct collector *c);

/* Valid until collector_free; paths belong to the trace_name. */
const struct collector_summary *collector_summary(const struct collector *c);

/* Turns a region that a process has left on disk into a trace. Prints an error and returns -1 if
 * that is impossible. */
int collector_convert(const char *region_path, const char *trace_path);

#endif
