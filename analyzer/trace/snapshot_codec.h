/* SPDX-License-Identifier: MIT */
/*
 * snapshot_codec.h - all of a snapshot but its words into bytes and back. Private to
 * analyzer/trace.
 *
 * A record:
 *
 *	varints		number, cause, flags, stamp, monotonic time, pause, bytes read, bytes that
 *			could not be read, number of words, number of chunks that hold them
 *	varint		number of mappings; each: varints distance from the end of the one before,
 *			length, flags; string name
 *	varint		number of threads; each: zigzag varint tid; varints flags, stack pointer,
 *			thread pointer, number of registers
 *	varint		number of registers of all threads, in the order of these; each: varint
 *	varint		number of words that the kernel keeps; each: varints kind, value
 *
 * So mappings cannot overlap, and no thread has another one's registers.
 */
#ifndef TENURE_SNAPSHOT_CODEC_H
#define TENURE_SNAPSHOT_CODEC_H

#include "../util/arena.h"
#include "../util/bytes.h"
#include "trace.h"

/* Mappings must ascend. A thread whose registers are not all among those of the snapshot gets
 * none. */
void snapshot_codec_put(struct bytes *to, const struct trace_snapshot *snapshot,
			uint32_t chunk_count);

/* Lists and strings go into the arena, and take at most 16 times the bytes they come from. Returns
 * NULL, or what is wrong. */
const char *snapshot_codec_take(struct cursor *from, struct arena *arena,
				struct trace_snapshot *snapshot, uint32_t *chunk_count);

#endif
