/* SPDX-License-Identifier: MIT */
/*
 * thread_stacks.h - where stacks of threads are or were, by the thread pointer at their upper end.
 *
 * What threads that have ended leave on their stacks is dead, but stays mapped, for the next thread. Their
 * results count until somebody has fetched them. Stacks are reused, so there are as many as threads at
 * a time, not as there ever were.
 */
#ifndef TENURE_THREAD_STACKS_H
#define TENURE_THREAD_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread_stack {
	uint64_t pointer; /* 0: none */
	bool joined; /* its last thread */
};

/* Zero-initialise to start; end with thread_stacks_release. */
struct thread_stacks {
	struct thread_stack *slots; /* open addressing; any order */
	size_t count;
	size_t slot_count; /* a power of two, at least twice count; 0 before first use */
};

void thread_stacks_begin(struct thread_stacks *s, uint64_t pointer);
void thread_stacks_join(struct thread_stacks *s, uint64_t pointer);

/* You own the copy. */
struct thread_stacks thread_stacks_copy(const struct thread_stacks *s);
void thread_stacks_release(struct thread_stacks *s);

#endif
