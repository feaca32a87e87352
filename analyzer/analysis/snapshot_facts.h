/* SPDX-License-Identifier: MIT */
/* snapshot_facts.h - what a snapshot says by itself, without its words. Private to reachability.c. */
#ifndef TENURE_SNAPSHOT_FACTS_H
#define TENURE_SNAPSHOT_FACTS_H

#include "../model.h"
#include "../trace/trace.h"

/* Sets the cause, what was read, threads and the state of Python's collector; nothing else. */
void snapshot_facts(struct model_snapshot *to, const struct trace_snapshot *from);

#endif
