/* SPDX-License-Identifier: MIT */
/*
 * index.h - the list of all chunks at the end of a trace. Private to analyzer/trace.
 *
 * One entry per chunk in order of offsets, each coded relative to the one before:
 *
 *	varint		offset, difference to the entry before
 *	u32		type
 *	event chunks only:
 *	varint		thread
 *	varint		number of events
 *	zigzag varint	first stamp, difference to that of the event chunk before
 *	varint		last stamp minus first stamp
 *
 * The list is one sequence of bytes; index chunks hold consecutive slices of it.
 */
#ifndef TENURE_INDEX_H
#define TENURE_INDEX_H

#include "../util/bytes.h"
#include "event_decoder.h"

struct index_entry {
	uint64_t offset; /* of the chunk in the file */
	uint32_t type;
	struct event_prologue events; /* event chunks only */
};

/* What the next entry is relative to. Zero-initialise to start. */
struct index_state {
	uint64_t offset, first_stamp;
};

void index_put(struct bytes *to, struct index_state *state, const struct index_entry *entry);
/* Returns false if the bytes are no entry. */
bool index_take(struct cursor *from, struct index_state *state, struct index_entry *entry);

#endif
