/* SPDX-License-Identifier: MIT */
/*
 * stacks.h - interning of call stacks in the shared prefix tree.
 *
 * A node is (parent, frame); the table is append-only, so a node's id never changes its meaning.
 * Lock-free: a thread writes the node first and then offers its id to an empty slot by compare
 * and swap; whoever finds the slot taken compares the node that is there and, if it is the same,
 * uses it. Two threads that race for one key meet at the same first empty slot, so a key enters
 * once. A full table keeps the known outer part of a stack and marks the rest as cut (counted).
 *
 * Where a node's slot is searched follows from a hash of its whole path. It is a sum over the frames,
 * each mixed with its position, so that the hashes of all frames are known before the first
 * slot has been read: memory is then asked for all of them at once.
 */
#ifndef TENURE_STACKS_H
#define TENURE_STACKS_H

#include "thread.h"

/*
 * A whole stack, innermost frame first, already tagged; returns its id. Level 0 sections pass their
 * thread, which keeps nodes that lost a race for the next use; others pass NULL.
 */
uint32_t stacks_intern_all(struct thread *t, const uint64_t *frames, uint32_t count);

/*
 * A stack of the `kept` outermost frames of t->last and, inside these, `count` fresh ones, at least 1,
 * outermost first; sets their hash and node. False if the table was full before the innermost one;
 * *stack is the id of what is there.
 */
bool stacks_intern_fresh(struct thread *t, struct thread_frame *fresh, uint32_t count,
			 uint32_t kept, uint32_t *stack);

/* One frame more, at `position` of the path from 0 on; *hash is that of the parent's path, 0 if there is
 * none, and becomes that of the child's. 0 if the table is full. */
uint32_t stacks_intern_child(struct thread *t, uint32_t parent, uint64_t frame, uint32_t position,
			     uint64_t *hash);

/* In a forked child, before its first stack: nodes are those of another region. */
void stacks_reset(void);

#endif
