/* SPDX-License-Identifier: MIT */
/*
 * maps.h - the mappings of a process, as /proc/PID/maps lists them.
 *
 * Names are as there, with newlines in them put back; what was removed since ends in " (deleted)".
 */
#ifndef TENURE_MAPS_H
#define TENURE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"
#include "../util/arena.h"
#include "process.h"

struct maps {
	struct trace_mapping *list; /* ascending, not overlapping */
	size_t count, capacity;
	struct arena names;
};

/* tid: a thread that still has its memory, which the first one may have given up. False if there
 * is nothing to be read; to be released in any case. */
bool maps_read(struct maps *m, const struct process *process, int32_t tid);
void maps_release(struct maps *m);

#endif
