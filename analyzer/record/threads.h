/* SPDX-License-Identifier: MIT */
/*
 * threads.h - the threads of one recorded process and their names.
 *
 * Trace ids are given in order of appearance. The process numbers its threads itself (tids are
 * reused, numbers are not); a number seen again, in another ring, is the same thread.
 */
#ifndef TENURE_THREADS_H
#define TENURE_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/writer.h"
#include "process.h"

struct thread_entry {
	struct trace_thread record;
	bool ended;
	bool renamed; /* the program named it itself */
};

struct threads {
	struct writer *writer; /* none of these is owned */
	const struct process *process;
	const char *exe;
	struct thread_entry *entries; /* of id i at i - 1 */
	size_t count, capacity;
	thread_id *by_number;
	size_t number_count, number_capacity;
	size_t refreshed; /* where threads_refresh_names goes on */
};

/* exe: path of the executable, whose name the main thread has until it is known better. */
void threads_init(struct threads *t, struct writer *writer, const struct process *process,
		  const char *exe);
void threads_release(struct threads *t);

/* A thread's records follow; number 0: it did not say which. */
thread_id threads_begin(struct threads *t, uint64_t number, int32_t tid, uint64_t stamp);
void threads_end(struct threads *t, thread_id id, uint64_t stamp);
void threads_rename(struct threads *t, thread_id id, const char name[16]);

/* Asks the kernel for the names of living threads; with many, some at a time. */
void threads_refresh_names(struct threads *t);

#endif
