/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - a process as it was when all its threads stood still, written into its trace.
 *
 * Everything is done from outside: nothing of the recorder runs in the process, no signal reaches
 * it, and a thread that waits in the kernel goes on waiting (epoll_wait, semop and sigtimedwait
 * may return EINTR, as man 7 signal has it for any stop). A snapshot is taken in steps, so that a single-threaded caller
 * can drain rings in between. The threads stand still from snapshot_new until the copy is made, or
 * until all memory is read where there is no copy. Whatever happens, snapshot_free lets everybody go.
 *
 * Only the thread and the process that called snapshot_new may call the others. In a forked copy of
 * us a snapshot that was under way is abandoned at its next step: who stopped the threads was the
 * other one. While a writer has a snapshot that is not ended, it must be told of no other.
 */
#ifndef TENURE_SNAPSHOT_H
#define TENURE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/writer.h"
#include "detour.h"
#include "memory_words.h"
#include "object_names.h"
#include "process.h"

struct snapshot;

struct snapshot_request {
	uint32_t cause; /* enum trace_snapshot_cause */
	/*
	 * A thread that waits for us, by its number as we see it; 0: none does, or its number is
	 * unknown (it then is stopped like the others, inside of the recorder). It must wait as long as
	 * snapshot_holds, in a call that may be interrupted and then goes on, such as futex().
	 */
	int32_t asking_tid;
	uint32_t asking_flags; /* TRACE_FROZEN_EMPTY or 0 */
	uint64_t stack_pointer, thread_pointer; /* its own, 0: unknown */
	const uint64_t *registers; /* those of its caller; copied */
	uint32_t register_count;
	/* The recorder's own memory in the process: ascending, not overlapping; copied. */
	const struct snapshot_range *own;
	size_t own_count;
	struct detour_place detour; /* to make a copy by */
	struct object_names_source names; /* whose objects have names */
	uint64_t python_generations; /* of Python's collector, see there; 0: unknown */
	bool copy; /* read a copy if one can be made, so that the process goes on at once */
};

/*
 * Stops the threads, takes the stamp, reads all but memory; takes some ms for 200 threads and
 * with a copy 20 to 50 ms for each GiB. Returns NULL, with nothing written and nobody stopped, if the
 * process has ended or may not be looked into. Neither process nor writer become ours; both must
 * stay until snapshot_free. clock_kind is that of the trace.
 */
struct snapshot *snapshot_new(const struct process *process, uint32_t clock_kind,
			      struct writer *writer, const struct snapshot_request *request);

bool snapshot_has_copy(const struct snapshot *s);

/* Whether the process stands still, as the thread that asked must; nobody is held again once this is
 * false. */
bool snapshot_holds(const struct snapshot *s);

/* Reads some more memory, 8 MiB at most, or writes what was not while it was read. True when there is
 * no more to do: the snapshot is in the trace, or abandoned because the process is gone. */
bool snapshot_step(struct snapshot *s);

/* Whether it is in the trace; after the last step. */
bool snapshot_is_written(const struct snapshot *s);

/* One that is not finished is abandoned. */
void snapshot_free(struct snapshot *s);

/* Lets everybody go that any snapshot holds: for who cannot go on, and must still wait for the
 * process. Snapshots can only be freed afterwards. Needs no memory. */
void snapshot_let_all_go(void);

#endif
