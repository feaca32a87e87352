/* SPDX-License-Identifier: MIT */
/*
 * trace.h - the vocabulary of a trace: what the writer stores and the reader gives back.
 *
 * Values only, no functions. Everything here is in host form; the bytes on disk are the business
 * of writer.c and reader.c and are described in man/tenure-trace.5. Ids count from 1 in the order
 * of definition; 0 means "none". A definition precedes its first use in the file.
 */
#ifndef TENURE_TRACE_H
#define TENURE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../preload/protocol.h" /* enum event_kind, api, unrecorded_reason, ..., FRAME_* */

typedef uint32_t stack_id; /* a node of the stack tree: a call stack from the root to the node */
typedef uint32_t module_id;
typedef uint32_t
	thread_id; /* a thread's number within its process; tids are reused, these are not */
typedef uint32_t mark_id; /* a name that marks have */

/* What was run. Strings are owned by whoever fills the struct in; argv is argc NUL-ended strings. */
struct trace_program {
	const char *exe; /* absolute path, "" if unknown */
	const char *cwd;
	const char *host;
	const char *argv; /* argv_bytes bytes; never assume that it is printable */
	uint32_t argv_bytes;
	int32_t pid, parent_pid;
	uint32_t clock_kind; /* enum clock_kind */
	uint32_t flags; /* enum region_flag, as known when written; end.flags is final */
	uint64_t start_stamp, start_monotonic_ns, start_realtime_ns;
	uint64_t sample_interval_bytes; /* 0: everything was recorded */
};

struct trace_module {
	const char *path; /* as the loader knew it */
	uint64_t bias; /* run-time address minus link-time address */
	uint64_t start, end; /* run-time range */
	uint64_t load_stamp; /* 0: present from the beginning */
	uint8_t build_id[20];
	uint8_t build_id_bytes;
};

/* One frame: address is link-time (run-time minus bias) if module is set, else run-time. FRAME_*
 * pseudo frames have module 0 and an address below 4096. */
struct trace_frame {
	uint64_t address;
	module_id module;
	stack_id parent; /* always smaller than the frame's own id; 0 for an outermost frame */
};

struct trace_thread {
	thread_id id;
	int32_t tid;
	uint64_t begin_stamp, end_stamp; /* end_stamp 0: alive when the trace ended */
	char name[16]; /* NUL-padded; 16 bytes may be used without a NUL */
};

/*
 * One event in the order of its stamp. A reallocation or mremap comes as its BEGIN and its END,
 * which belong together by thread: no other pair of the same kind of that thread lies between,
 * except where a signal handler reallocated inside it (pairs then nest).
 */
struct trace_event {
	uint64_t stamp;
	uint64_t address;
	uint64_t size;
	stack_id stack;
	thread_id thread;
	uint8_t kind; /* enum event_kind: ALLOC .. BREAK, LOST, FORK, MARK (size is a mark_id) */
	uint8_t api; /* enum api */
	uint16_t detail;
};

/* A pair of clock readings taken together, to turn stamps into time (interpolate; extrapolate by
 * the nearest pair). Where clock_kind is CLOCK_STAMP_NS the two are equal. */
struct trace_clock {
	uint64_t stamp, monotonic_ns;
};

/* Memory of the process as the kernel sees it. */
struct trace_memory {
	uint64_t monotonic_ns;
	uint64_t resident_bytes, virtual_bytes, shared_bytes;
};

struct trace_child {
	uint64_t monotonic_ns;
	int32_t pid;
	const char *trace_path; /* relative to the parent's trace if in the same folder */
};

/* Executions of a program that could not be recorded. */
struct trace_unrecorded {
	uint32_t reason; /* enum unrecorded_reason, or one of a later version */
	uint64_t times;
	const char *path; /* "" with UNRECORDED_NOT: programs that found no room in a table */
};

enum trace_end_kind {
	TRACE_END_UNKNOWN = 0, /* ended without a word, and nobody waited for it: killed */
	TRACE_END_EXIT, /* status */
	TRACE_END_UNDERSCORE_EXIT,
	TRACE_END_QUICK_EXIT,
	TRACE_END_EXEC, /* the image was replaced; the next trace of this pid goes on */
	TRACE_END_SIGNAL, /* status is the signal number */
	TRACE_END_DETACHED, /* the collector had to leave while the process ran on */
};

/* Totals the collector counted while writing; the reader's own count must agree. */
struct trace_end {
	uint32_t kind; /* enum trace_end_kind */
	int32_t status;
	uint32_t flags; /* enum region_flag */
	uint64_t stamp, monotonic_ns;
	uint64_t events; /* stored, all kinds */
	uint64_t events_lost; /* dropped anywhere on the way, all reasons */
	uint64_t stacks_truncated;
	uint64_t modules_lost;
};

/* Why and where something could not be read or written. */
struct trace_error {
	uint64_t offset; /* in the file, bytes */
	bool cut; /* the file ends there, inside of something: what is before is as it was written */
	char message[200];
};

#endif
