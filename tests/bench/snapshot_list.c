/* SPDX-License-Identifier: MIT */
/*
 * snapshot_list.c - what the snapshots in a trace have cost the program.
 *
 * Usage: snapshot_list TRACE
 *
 * A line for each: ns for which the program stood still, threads, bytes read, words kept, 1 if they
 * were read from a copy.
 */
#include <inttypes.h>
#include <stdio.h>

#include "analyzer/trace/reader.h"

int main(int argc, char **argv)
{
	struct trace_error error;
	struct reader *reader = argc == 2 ? reader_new(argv[1], &error) : NULL;

	if (!reader)
		return 1;
	for (uint32_t i = 0; i < reader_snapshot_count(reader); i++) {
		const struct trace_snapshot *snapshot = reader_snapshot(reader, i);

		printf("%" PRIu64 " %" PRIu32 " %" PRIu64 " %" PRIu64 " %d\n", snapshot->pause_ns,
		       snapshot->thread_count, snapshot->read_bytes, snapshot->word_count,
		       (snapshot->flags & TRACE_SNAPSHOT_COPY) != 0);
	}
	reader_free(reader);
	return 0;
}
