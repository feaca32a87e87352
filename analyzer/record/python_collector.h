/* SPDX-License-Identifier: MIT */
/*
 * python_collector.h - what CPython's garbage collector has done so far, and how it is set, read from the
 * memory of its process.
 */
#ifndef TENURE_PYTHON_COLLECTOR_H
#define TENURE_PYTHON_COLLECTOR_H

#include <stdint.h>
#include <sys/types.h>

#include "../trace/trace.h"

/*
 * memory_tid: a thread that has the memory. generations: where the interpreter's are, as the process
 * says in its region; 0: unknown. With nothing to be read, *collector is all 0.
 */
void python_collector_read(pid_t memory_tid, uint64_t generations,
			   struct trace_python_collector *collector);

#endif
