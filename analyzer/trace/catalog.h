/* SPDX-License-Identifier: MIT */
/*
 * catalog.h - what a reader holds of a trace all the time: its tables, and where the event chunks
 * of each thread lie. Private to analyzer/trace.
 *
 * Built once from the index, or, if the file has no usable one, by walking the chunks; then read
 * only. Both give the same for a whole file. Invariants after loading, whatever the file says:
 * every thread of an event chunk is in the table of threads, the event chunks of a thread do not
 * overlap in stamps, parents and modules of frames exist.
 */
#ifndef TENURE_CATALOG_H
#define TENURE_CATALOG_H

#include "../util/arena.h"
#include "event_decoder.h"
#include "source.h"
#include "stack_codec.h"

struct catalog_events {
	uint64_t offset; /* of the chunk */
	struct event_prologue prologue;
	uint32_t next; /* event chunk of the same thread, index + 1; 0: none */
};

struct catalog_stream {
	uint32_t first, last; /* event chunks of the thread, index + 1; 0: none */
};

struct catalog {
	struct arena strings;
	struct trace_program program;
	struct trace_module *modules; /* by id - 1 */
	size_t module_count, module_capacity;
	struct stack_table stacks;
	struct stack_codec *codec; /* while loading */
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
	uint64_t lost;
	bool complete; /* end is valid */
	struct trace_end end;
	struct catalog_events *events; /* in file order */
	size_t events_count, events_capacity;
	uint64_t table_bytes; /* unpacked so far, bounds the memory of all of the above */
};

/* Loads all that is whole. Damage is noted in the source; returns false only if the program
 * record could not be read, so that there is nothing to show. Release it in either case. */
bool catalog_load(struct catalog *catalog, struct source *source);
void catalog_release(struct catalog *catalog);

/* Position in threads, or UINT32_MAX. */
uint32_t catalog_thread_position(const struct catalog *catalog, thread_id id);

#endif
