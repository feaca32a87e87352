/* SPDX-License-Identifier: MIT */
/*
 * sink.h - the file under a writer: whole chunks one behind the other, and the index of them.
 * Private to analyzer/trace.
 *
 * The first error is kept; nothing is written after it, and the file is cut back to its last whole
 * chunk.
 */
#ifndef TENURE_SINK_H
#define TENURE_SINK_H

#include "chunk.h"
#include "event_columns.h"
#include "index.h"

struct sink {
	int fd; /* -1: closed */
	int error; /* the first errno value */
	uint64_t offset; /* end of the last whole chunk */
	struct chunk_packer packer;
	struct bytes index;
	struct index_state index_state;
};

/* Creates the file and writes its header. Returns false with errno set; there is no file then, and
 * nothing to release. */
bool sink_open(struct sink *sink, const char *path);
void sink_release(struct sink *sink);

/* Writes one chunk and enters it in the index. events is for event chunks only. Returns false if
 * there is an error, now or from before. */
bool sink_write(struct sink *sink, uint32_t type, const struct chunk_payload *payload,
		const struct event_prologue *events);

/* Writes the index; only an END may follow, with the offset that this returns. */
uint64_t sink_write_index(struct sink *sink);

/* Returns 0 or the first errno value, that of closing included. */
int sink_close(struct sink *sink);

#endif
