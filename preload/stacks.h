/* SPDX-License-Identifier: MIT */
/*
 * stacks.h - interning of call stacks in the shared prefix tree.
 *
 * A node is (parent, frame); the table is append-only, so a node's id never changes its meaning.
 * Lock-free: a thread writes the node first and then offers its id to an empty slot by compare
 * and swap; whoever finds the slot taken compares the node that is there and, if it is the same,
 * uses it. Two threads that race for one key meet at the same first empty slot, so a key enters
 * once. A full table keeps the known outer part of a stack and marks the rest as cut (counted).
 */
#ifndef TENURE_STACKS_H
#define TENURE_STACKS_H

#include "thread.h"

/* The child `frame` of `parent`; 0 if the table is full. Level 0 sections may pass their thread,
 * which keeps nodes that lost a race for the next use; others pass NULL. */
uint32_t stacks_intern(struct thread *t, uint32_t parent, uint64_t frame);

/* A whole stack, innermost frame first, already tagged. `level` is that of the section. */
uint32_t stacks_intern_all(struct thread *t, uint32_t level, const uint64_t *frames,
			   uint32_t count);

#endif
