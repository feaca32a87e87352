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

#include "../../preload/protocol.h"

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
 * Leading a thread elsewhere and back, see detour.h. A thread that was interrupted within a call has in
 * its registers what it is to be begun again with; once all are put back it is, provided that the
 * thread then is in a stop of the same kind: PTRACE_EVENT_STOP, which is taken where the kernel looks
 * after signals.
 */
struct registers_saved {
	struct user_regs_struct general;
};

/* What the code of a detour begins with; *bytes of it, 0 where no thread can be led. */
#define REGISTERS_DETOUR_CODE_BYTES 16u
const void *registers_detour_code(size_t *bytes);

bool registers_save(struct registers_saved *saved, pid_t tid);
bool registers_restore(const struct registers_saved *saved, pid_t tid);

/* What the kernel puts back at the end of a signal handler: all registers, the signal mask. */
#define REGISTERS_WAY_BACK_BYTES (20u << 10)
struct registers_way_back {
	uint64_t address; /* in the process; the stack pointer at that end */
	size_t byte_count;
	uint8_t bytes[REGISTERS_WAY_BACK_BYTES];
};

/* To lie below `end`, an address in the process. False if that is not known for such a thread. */
bool registers_way_back(struct registers_way_back *back, const struct registers_saved *saved,
			pid_t tid, uint64_t mask, uint64_t end);

/* To make call `number` next, at `code`, and go on as `way` says. */
bool registers_lead(const struct registers_saved *saved, pid_t tid, uint64_t code,
		    uint64_t stack_pointer, enum detour_way way, long number,
		    const uint64_t arguments[5]);

/* What the call returned, in the stop at its end. */
bool registers_result(pid_t tid, int64_t *result);

#endif
