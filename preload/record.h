/* SPDX-License-Identifier: MIT */
/*
 * record.h - turns what the program did into records of its thread's ring.
 *
 * Called by the interposed functions between the program and the real function. Each call is one
 * section (thread.h). errno is left alone.
 */
#ifndef TENURE_RECORD_H
#define TENURE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"
#include "recorder.h"
#include "thread.h"
#include "unwind.h"

/* Whether this call is the program's own and is to be recorded. */
static inline bool record_wanted(void)
{
	return (thread_local_state.inside == 0 ||
		thread_left_allocator((uintptr_t)__builtin_frame_address(0))) &&
	       recorder_on();
}

static inline void record_enter_allocator(void)
{
	if (thread_local_state.inside == 0)
		thread_local_state.inside_sp = ~(uintptr_t)__builtin_frame_address(0);
	signal_fence();
	thread_local_state.inside++;
}

/* Runs a call of the real allocator; whatever that calls in turn is not the program's. */
#define RECORD_INSIDE(call) \
	({ \
		record_enter_allocator(); \
		__auto_type inside_result = (call); \
		thread_local_state.inside--; \
		inside_result; \
	})
#define RECORD_INSIDE_VOID(call) \
	do { \
		record_enter_allocator(); \
		(call); \
		thread_local_state.inside--; \
	} while (0)

/* After the real call. A NULL block is recorded as a failure with errno value `error`. Where only a
 * sample is recorded, this and record_release choose. */
void record_allocation(enum api api, const void *block, size_t size, int error,
		       const struct unwind_start *start);

/* An allocation that we made fail. */
void record_injected(enum api api, size_t size, const struct unwind_start *start);

/* Before the real call. */
void record_release(enum api api, const void *block, const struct unwind_start *start);

/*
 * Before and after realloc of a block; begin returns the stack for end. Only if record_realloc_wanted,
 * which is to be asked once: else the block is not in the sample, and what becomes of it is an
 * allocation.
 */
bool record_realloc_wanted(const void *block);
uint32_t record_realloc_begin(enum api api, const void *block, size_t size,
			      const struct unwind_start *start);
void record_realloc_end(enum api api, const void *old, const void *block, size_t size,
			unsigned detail, uint32_t stack);

/* Any other event; before and after as protocol.h says for its kind. */
void record_event(enum event_kind kind, enum api api, uint64_t address, uint64_t size,
		  unsigned detail, const struct unwind_start *start);

/* A mark of this name; "": an epoch ends and none begins. */
void record_mark(const char *name);

#endif
