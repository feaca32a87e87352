/* SPDX-License-Identifier: MIT */
/*
 * unwind.h - the call stack of the calling thread, complete and without asking anyone.
 *
 * The default unwinder follows call frame information (cfi.h) by rows that are remembered, and
 * frame pointers through code that has none; another one follows frame pointers only. Of a stack that
 * shares its outer frames with the last one only the others are walked (unwind_reuse.c). It reads only
 * the stack it walks: a thread's own stack freely above the stack pointer, any other (coroutines,
 * alternate signal stacks) page by page after asking the kernel whether the page can be read. Takes no
 * lock, calls no allocator, runs in signal handlers and with little stack of its own.
 */
#ifndef TENURE_UNWIND_H
#define TENURE_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "thread.h"

/* Where the program called us from: the state of its registers after our return. */
struct unwind_start {
	uint64_t pc, sp, bp;
};

/*
 * To be used in a function that the program calls and that was compiled with a frame pointer, which
 * leads to the caller's.
 */
#define UNWIND_START() \
	((struct unwind_start){ \
		.pc = arch_code_address((uint64_t)__builtin_return_address(0)), \
		.sp = ARCH_FRAME_CFA(), \
		.bp = *(const uint64_t *)__builtin_frame_address(0), \
	})

/*
 * Walks the whole stack. Fills frames (room for settings.stack_depth), innermost first, tagged; returns
 * the count. Both ends of a deeper stack are kept, with FRAME_GAP between.
 */
uint32_t unwind_capture(struct thread *t, const struct unwind_start *start, uint64_t *frames);

/*
 * The same stack, outermost section only, from where it differs from the thread's last one; interned.
 * False if it is deeper than settings.stack_depth, which unwind_capture alone can shorten.
 */
bool unwind_resume(struct thread *t, const struct unwind_start *start, uint32_t *stack);

/* Forgets the thread's last stack: another thread's comes next, or addresses mean something else. */
void unwind_forget(struct thread *t);

/* Captures and interns: the stack id for an event; 0 if no stacks are wanted. */
uint32_t unwind_stack(struct thread *t, uint32_t level, const struct unwind_start *start);

/* The releasing caller alone, and from time to time (the 1st, 2nd, 4th, 8th ... release by that
 * caller) its whole stack: who frees is asked rarely and would double the cost. */
uint32_t unwind_release(struct thread *t, uint32_t level, const struct unwind_start *start);

#endif
