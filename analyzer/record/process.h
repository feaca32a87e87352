/* SPDX-License-Identifier: MIT */
/*
 * process.h - what the kernel tells about a recorded process from outside.
 *
 * Holds the process by a pidfd and by its folder in /proc, opened once: neither can come to mean
 * a later process with the same number. Both may be missing (old kernel, no /proc); then the
 * answers are "unknown", never wrong.
 */
#ifndef TENURE_PROCESS_H
#define TENURE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../trace/trace.h"

struct process {
	pid_t pid; /* as we see it; 0: invisible from here */
	int pidfd; /* -1: none; readable once the process has ended */
	int folder; /* /proc/PID, -1: none */
};

/* Takes pidfd over; with -1 opens one. */
void process_open(struct process *p, pid_t pid, int pidfd);
void process_close(struct process *p);

/* Ended, maybe still a zombie. */
bool process_ended(const struct process *p);

/* 0 if it cannot be told. */
pid_t process_parent(const struct process *p);

/* Memory of the process now; false if it cannot be told. */
bool process_memory(const struct process *p, struct trace_memory *memory);

/* Name of a thread, NUL-padded; false if it cannot be told. */
bool process_thread_name(const struct process *p, int32_t tid, char name[16]);

/* False only if it is known that there is no such thread any more. */
bool process_has_thread(const struct process *p, int32_t tid);

/* Opens a file of /proc/PID for reading, NULL if that is impossible. */
FILE *process_file(const struct process *p, const char *name);

/* Opens a file of /proc/PID/task/TID for reading, -1 if that is impossible. What is of the whole
 * process, such as its memory, can still be seen there after the first thread has ended. */
int process_open_thread_file(const struct process *p, int32_t tid, const char *name);

/* Opens a file for reading as the process itself would name it (it may have changed its root). */
int process_open_path(const struct process *p, const char *path);

/* CLOCK_MONOTONIC. */
uint64_t process_now_ns(void);

#endif
