/* SPDX-License-Identifier: MIT */
/*
 * recorder.h - life of the recorder in one process: start, fork, end.
 *
 * Starts itself at the first event, which may come before any constructor has run. Its state
 * lives on a page that the kernel wipes in forked children (MADV_WIPEONFORK), so that a child,
 * however it was made, finds itself unstarted and begins a recording of its own; a vfork child,
 * which shares our memory, goes on with ours.
 */
#ifndef TENURE_RECORDER_H
#define TENURE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "atomics.h"

enum recorder_state {
	RECORDER_NEW = 0, /* also: a fork that has not had an event yet */
	RECORDER_ON,
	RECORDER_OFF, /* cannot or shall not record: everything passes through */
};

extern _Atomic uint32_t *recorder_state; /* never NULL */
extern uint32_t recorder_serial; /* changes with every start: tells stale thread state */

/* Starts if not started; true if recording. */
bool recorder_start(void);

static inline bool recorder_on(void)
{
	return __builtin_expect(load_relaxed(recorder_state) == RECORDER_ON, 1) || recorder_start();
}

/* The child side of fork(), after the program's own fork handlers. parent_serial is what
 * recorder_serial was in the parent. */
void recorder_forked(uint32_t parent_serial);

/* Tells the collector how the process is about to end. */
void recorder_ending(uint32_t end_kind, int status);

#endif
