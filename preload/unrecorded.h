/* SPDX-License-Identifier: MIT */
/*
 * unrecorded.h - tells the collector of programs that are executed and cannot be recorded.
 *
 * Writes the table in the shared region, so that a vfork child, which has our memory for a moment
 * only, and a process that is about to be another program can. No lock, no memory, no system call:
 * for signal handlers too.
 */
#ifndef TENURE_UNRECORDED_H
#define TENURE_UNRECORDED_H

#include <stdint.h>

#include "exec_target.h"

typedef uint32_t unrecorded_ticket; /* 0: nothing was told */

/* Counts one execution, into the region of this process, which must have one. Told before the kernel
 * is asked, since nobody is left to do so later. */
unrecorded_ticket unrecorded_tell(const struct exec_target *target);

/* That execution has failed. */
void unrecorded_take_back(unrecorded_ticket ticket);

#endif
