/* SPDX-License-Identifier: MIT */
/*
 * registers.h - registers of a thread that stands still under our tracing, and what differs in them
 * between processors. Only its tracer may call.
 */
#ifndef TENURE_REGISTERS_H
#define TENURE_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/* Words that were read, of all threads one after the other. Zero-initialise to start; to be freed. */
struct registers {
	uint64_t *words;
	size_t count, capacity;
};

/* Those that say where a thread is; see struct trace_frozen. */
struct registers_where {
	uint64_t stack_pointer, thread_pointer, call_address;
};

/* Appends all general registers and what is not zero of the others, which may hold pointers while
 * memory is copied. False if they cannot be read or kept. */
bool registers_read(struct registers *r, pid_t tid, struct registers_where *where);

/*
 * Having a thread make a system call that it does not make itself, where we know how
 * (registers_can_call). A thread that was interrupted within a call has in its registers what it
 * is to be begun again with; once all are put back it is, provided that the thread then is in a stop
 * of the same kind: PTRACE_EVENT_STOP, which is taken where the kernel looks after signals.
 */
struct registers_saved {
	struct user_regs_struct general;
};

bool registers_can_call(void);
/* The instruction that makes calls; *bytes of it. */
const void *registers_call_code(size_t *bytes);
bool registers_save(struct registers_saved *saved, pid_t tid);
bool registers_restore(const struct registers_saved *saved, pid_t tid);
/* Where such an instruction must be if the thread is within a call; 0: it is not. */
uint64_t registers_call_site(const struct registers_saved *saved);
/* To make call `number` next; `site` is the address of such an instruction. */
bool registers_set_call(const struct registers_saved *saved, pid_t tid, uint64_t site, long number,
			const uint64_t arguments[5]);
/* What the call returned, in the stop at its end. */
bool registers_result(pid_t tid, int64_t *result);

#endif
