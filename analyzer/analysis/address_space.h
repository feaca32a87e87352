/* SPDX-License-Identifier: MIT */
/*
 * address_space.h - what memory the program has asked the kernel for by itself, and where its threads
 * have their stacks; as far as events tell.
 */
#ifndef TENURE_ADDRESS_SPACE_H
#define TENURE_ADDRESS_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"
#include "intervals.h"
#include "thread_stacks.h"

struct address_space_thread; /* remaps that a thread is in the middle of */

/* Zero-initialise to start; end with address_space_release. */
struct address_space {
	struct intervals mappings; /* by mmap, with the stack of the call */
	struct intervals breaks; /* by brk and sbrk */
	struct intervals arenas; /* of allocators that tell of them */
	uint64_t arenas_ever, arenas_most; /* how many there were in all, at most at a time */
	struct thread_stacks stacks;

	/* Own */
	struct address_space_thread *threads; /* by id */
	size_t thread_count;
};

/* Events of other kinds change nothing. */
void address_space_event(struct address_space *a, const struct trace_event *event);

/* Puts back what remaps took out whose end was never seen. */
void address_space_finish(struct address_space *a);

void address_space_release(struct address_space *a);

#endif
