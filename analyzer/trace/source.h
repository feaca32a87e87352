/* SPDX-License-Identifier: MIT */
/*
 * source.h - the file under a reader: whole, checked chunks by offset, and the first damage met.
 * Private to analyzer/trace.
 *
 * The file is read with pread, never mapped: it may be cut while we read. Its size is taken once,
 * when it is opened, so a trace that is still being written reads as it was then. Nothing is
 * allocated that exceeds the limits of format.h.
 */
#ifndef TENURE_SOURCE_H
#define TENURE_SOURCE_H

#include "chunk.h"
#include "trace.h"

struct source {
	int fd;
	bool damaged;
	struct trace_error damage; /* valid if damaged: the first that was met */
	uint64_t file_bytes;
	bool is_view; /* the descriptor is another source's */
	struct chunk_unpacker unpacker;
	struct bytes stored;
};

/* Opens the file and checks its header. Returns false with the reason in source->damage; release
 * it in either case. */
bool source_open(struct source *source, const char *path);
void source_release(struct source *source);
/* Another way into the same open file, with buffers and damage of its own: the two may be used by
 * different threads. The source must outlive the view. */
void source_view(struct source *view, const struct source *source);

/* Notes the damage unless there is one already. Returns false. */
bool source_fail(struct source *source, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The header of the chunk at an offset, if the chunk lies in the file as a whole. */
bool source_header(struct source *source, uint64_t offset, struct chunk_header *header);
/* Offset behind the chunk. */
uint64_t source_next(uint64_t offset, const struct chunk_header *header);
/* The payload as stored, checksum verified; NULL if damaged. Valid until the next call. */
const uint8_t *source_stored(struct source *source, uint64_t offset,
			     const struct chunk_header *header);
/* The same, unpacked: header->raw_bytes long. */
const uint8_t *source_payload(struct source *source, uint64_t offset,
			      const struct chunk_header *header);

#endif
