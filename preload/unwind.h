/* SPDX-License-Identifier: MIT */
/*
 * unwind.h - the call stack of the calling thread, complete and without asking anyone.
 *
 * The default unwinder follows call frame information (cfi.h) with a cache of rows per thread, and
 * frame pointers through code that has none; another one follows frame pointers only. It reads only the stack it walks: a thread's own
 * stack freely above the stack pointer, any other (coroutines, alternate signal stacks) page by
 * page after asking the kernel whether the page can be read. Takes no lock, calls no allocator,
 * runs in signal handlers and with little stack of its own.
 */
#ifndef TENURE_UNWIND_H
#define TENURE_UNWIND_H

#include <stdint.h>

#include "thread.h"

/* Where the program called us from: the state of its registers after our return. */
struct unwind_start {
	uint64_t pc, sp, bp;
};

/*
 * To be used in a function that the program calls and that was compiled with a frame pointer:
 * a frame begins with the caller's frame pointer, followed by the return address.
 */
#define UNWIND_START() \
	((struct unwind_start){ \
		.pc = (uint64_t)__builtin_return_address(0), \
		.sp = (uint64_t)__builtin_frame_address(0) + 16, \
		.bp = *(const uint64_t *)__builtin_frame_address(0), \
	})

enum unwind_step {
	UNWIND_OK,
	UNWIND_END, /* there is no caller */
	UNWIND_LOST, /* there should be one, but it can not be found */
};

struct walk;
struct cfi_registers;

/* A way to get from one frame to the next. */
struct unwinder {
	const char *name; /* as in --unwinder=NAME */
	/* Replaces the registers by the caller's. pc is the address to look up. Called for every
	 * frame, in sections of any level. */
	enum unwind_step (*step)(struct walk *w, uint32_t level, uint64_t pc,
				 struct cfi_registers *registers);
};

/* Once, before the first capture; unknown names change nothing. The default is "cfi". */
void unwind_choose(const char *name);

/*
 * Fills frames (room for settings.stack_depth), innermost first, tagged; returns the count, at least
 * 1. Both ends of a deeper stack are kept, with FRAME_GAP between.
 */
uint32_t unwind_capture(struct thread *t, uint32_t level, const struct unwind_start *start,
			uint64_t *frames);

/* Captures and interns: the stack id for an event. */
uint32_t unwind_stack(struct thread *t, uint32_t level, const struct unwind_start *start);

/* The releasing caller alone, and from time to time (the 1st, 2nd, 4th, 8th ... release by that
 * caller) its whole stack: who frees is asked rarely and would double the cost. */
uint32_t unwind_release(struct thread *t, uint32_t level, const struct unwind_start *start);

#endif
