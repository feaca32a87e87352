/* SPDX-License-Identifier: MIT */
/*
 * tracer.h - a thread of ours that traces other threads by ptrace, and ends.
 *
 * The kernel takes requests about a traced thread from its tracer alone, and a thread that is in no
 * stop cannot be let go of by any request. When its tracer ends the kernel lets everybody go, in
 * whatever state they are: a stop that is still to come is called off, zombies go to their parents.
 * So the end of this thread is how we let go for certain. It lives as long as what it holds, and
 * does nothing but run what tracer_call is given, while the caller waits.
 *
 * Jobs run with all signals blocked and must not end the analyzer (no xmalloc): at exit others wait
 * for this thread. After a fork the copy of us has no such thread, and may only free.
 */
#ifndef TENURE_TRACER_H
#define TENURE_TRACER_H

#include <stdbool.h>

struct tracer;

/* NULL if there can be no thread. */
struct tracer *tracer_new(void);

/* False, with nothing done, if the thread is gone. meanwhile, if any, is called with the same
 * argument here, every 10 ms until the job is done. */
bool tracer_call(struct tracer *t, void (*job)(void *), void (*meanwhile)(void *), void *argument);

void tracer_free(struct tracer *t);

/* Ends the threads of all tracers, which stay allocated. Needs no memory. */
void tracer_end_all(void);

#endif
