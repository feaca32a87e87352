/* SPDX-License-Identifier: MIT */
/*
 * open_trace.h - how every command opens what a user calls a trace.
 *
 * A process that had no collector leaves its shared memory as a file (protocol.h); it is turned
 * into a trace on the fly, so that both kinds of file serve alike.
 */
#ifndef TENURE_OPEN_TRACE_H
#define TENURE_OPEN_TRACE_H

#include "../trace/reader.h"

/* Returns NULL after one line on stderr that names the file and the offset. You own the reader. */
struct reader *open_trace(const char *path);

#endif
