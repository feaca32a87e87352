/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - has the collector look at the memory of this process, while the calling thread waits.
 *
 * Nothing is read here: a thread says which of its registers and which part of its stack are alive,
 * and the collector reads from outside. Without a collector, or where only a sample is recorded, there
 * is no snapshot. Leaves errno alone, allocates nothing, takes no lock but its own.
 */
#ifndef TENURE_SNAPSHOT_H
#define TENURE_SNAPSHOT_H

#include "arch.h"
#include "protocol.h"

/* In a forked child. */
void snapshot_reset(void);

/* exit() is called with these registers: what handlers leave behind on the stack below is dead. */
void snapshot_exit_called(const struct arch_kept *kept);

/* The process is about to end: by exit(), after its handlers; or else, with what is alive where that
 * was called. */
void snapshot_after_handlers(void);
void snapshot_now(enum snapshot_cause cause, const struct arch_kept *kept);

/* The runtime of the program's language is about to take itself apart, and the process to end: what is
 * found now counts, and none is taken later. */
void snapshot_at_teardown(void);

/* It was not the end of the program: there is to be one then, too. */
void snapshot_no_teardown(void);

#endif
