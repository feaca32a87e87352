/* SPDX-License-Identifier: MIT */
/*
 * detour.h - has a thread that stands still under our tracing make system calls, and come back.
 *
 * The calls are made from code of the recorder in the process, with a stack pointer into memory of the
 * recorder; see enum detour_way. From the first change to the last the thread can go on without us: if we
 * are killed it makes the call that it was about to make, puts back its own registers and signal mask
 * and goes on, a copy of the process ends. Of a call that it had been interrupted in it may then see
 * EINTR, as of any that a signal interrupts.
 *
 * Only the tracer of the thread may call.
 */
#ifndef TENURE_DETOUR_H
#define TENURE_DETOUR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../preload/protocol.h"
#include "process.h"
#include "registers.h"

/* In the process, as its region says. */
struct detour_place {
	uint64_t code; /* 0: there is none */
	uint64_t stack, stack_bytes;
};

struct detour {
	const struct process *process;
	pid_t tid;
	uint64_t code, stack_pointer;
	struct registers_saved saved;
	uint64_t mask;
	bool stopped_meanwhile; /* by a SIGSTOP that we kept from it */
	pid_t child; /* what a call has made, 0: nothing */
};

/* False, and nothing is changed, where a call might end in a signal or end the program: seccomp, user
 * dispatch, a restartable sequence; or where there is no way back. The thread must be in
 * PTRACE_EVENT_STOP. ptrace_options: more PTRACE_O_*. */
bool detour_begin(struct detour *d, const struct process *process, pid_t tid,
		  const struct detour_place *place, uint64_t ptrace_options);

/* For a child that detour_call has made by clone(), from birth on: it never comes back. */
bool detour_begin_copy(struct detour *d, const struct process *process, pid_t tid,
		       const struct detour *parent);

/* *result: what the call returned. False if the thread is no more. */
bool detour_call(struct detour *d, enum detour_way way, long number, const uint64_t arguments[5],
		 int64_t *result);

/* To a stop like the one that it was found in. */
void detour_end(struct detour *d);

#endif
