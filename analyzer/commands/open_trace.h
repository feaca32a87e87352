/* SPDX-License-Identifier: MIT */
/*
 * open_trace.h - how every command opens what a user calls a trace.
 *
 * A process that had no collector leaves its shared memory as a file (protocol.h); it is turned
 * into a trace on the fly, so that both kinds of file serve alike.
 */
#ifndef TENURE_OPEN_TRACE_H
#define TENURE_OPEN_TRACE_H

#include <stdbool.h>

#include "../trace/reader.h"

/* Returns NULL after one line on stderr that names the file and the offset. You own the reader. */
struct reader *open_trace(const char *path);

/* After the last event: whether nothing is missing from it. One line on stderr tells what is. */
bool open_trace_is_whole(const struct reader *reader, const char *path);

#endif
