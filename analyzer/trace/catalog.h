/* SPDX-License-Identifier: MIT */
/*
 * catalog.h - what a reader holds of a trace all the time: its tables, and where the event chunks
 * of each thread lie. Private to analyzer/trace.
 *
 * Filled once by scan.c from chunks in order of the file, then read only. Invariants, whatever the
 * file says: every thread of an event chunk is in the table of threads, the event chunks of a thread do not
 * overlap in stamps, parents and modules of frames exist, numbers of snapshots ascend, and each has
 * chunks of its own that could hold as many words as it counts.
 */
#ifndef TENURE_CATALOG_H
#define TENURE_CATALOG_H

#include "../util/arena.h"
#include "event_decoder.h"
#include "stack_codec.h"

struct catalog_events {
	uint64_t offset; /* of the chunk */
	struct event_prologue prologue;
	uint32_t next; /* event chunk of the same thread, index + 1; 0: none */
};

struct catalog_stream {
	uint32_t first, last; /* event chunks of the thread, index + 1; 0: none */
};

struct catalog_snapshot {
	struct trace_snapshot record;
	size_t first_chunk; /* in word_chunks */
	uint32_t chunk_count;
};

struct catalog {
	struct arena strings;
	struct trace_program program;
	struct trace_module *modules; /* by id - 1 */
	size_t module_count, module_capacity;
	struct trace_code *codes; /* by id - 1 */
	size_t code_count, code_capacity;
	struct stack_table stacks;
	struct stack_codec *codec; /* while filling, else NULL */
	struct trace_thread *threads; /* in order of definition */
	struct catalog_stream *streams; /* of each of threads */
	size_t thread_count, thread_capacity, stream_capacity;
	uint32_t *thread_positions; /* in threads, + 1, by id; 0: undefined */
	size_t thread_position_count, thread_position_capacity;
	struct trace_clock *clocks;
	size_t clock_count, clock_capacity;
	struct trace_memory *memory;
	size_t memory_count, memory_capacity;
	struct trace_child *children;
	size_t child_count, child_capacity;
	struct trace_unrecorded *unrecorded;
	size_t unrecorded_count, unrecorded_capacity;
	const char **marks; /* by id - 1 */
	size_t mark_count, mark_capacity;
	const char *suppressions; /* "" if there are none */
	bool has_python;
	struct trace_python python;
	uint64_t lost;
	bool complete; /* end is valid */
	struct trace_end end;
	struct catalog_events *events; /* in file order */
	size_t events_count, events_capacity;
	struct catalog_snapshot *snapshots;
	size_t snapshot_count, snapshot_capacity;
	struct bytes snapshot_record; /* while filling: the slices of a record so far */
	uint64_t snapshot_bytes_left; /* that are still to come of it */
	uint64_t *word_chunks; /* offsets in the file, in its order */
	size_t word_chunk_count, word_chunk_capacity;
	size_t word_chunks_passed; /* those that no later snapshot can have */
	uint64_t table_bytes; /* unpacked so far: scan.c bounds the memory of all this by it */
};

/* Release it in the end, in whatever state. */
void catalog_init(struct catalog *catalog);
/* Gives back what only filling needs. */
void catalog_seal(struct catalog *catalog);
void catalog_release(struct catalog *catalog);

/* Is this the type of a chunk that catalog_take_table understands? */
bool catalog_has_table(uint32_t type);
/* Both return NULL, or what is wrong with the chunk. */
const char *catalog_take_table(struct catalog *catalog, uint32_t type, const uint8_t *payload,
			       size_t bytes);
const char *catalog_add_events(struct catalog *catalog, uint64_t offset,
			       const struct event_prologue *prologue);
void catalog_add_words(struct catalog *catalog, uint64_t offset);

/* Position in threads, or UINT32_MAX. */
uint32_t catalog_thread_position(const struct catalog *catalog, thread_id id);

#endif
