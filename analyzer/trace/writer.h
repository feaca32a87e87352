/* SPDX-License-Identifier: MIT */
/*
 * writer.h - writes one trace file: chunks of events, tables and an index.
 *
 * Used by the collector and by tests that make golden traces. Single-threaded per writer. The
 * file is created with mode 0600 and never overwrites (O_EXCL). Definitions may come at any time
 * before their first use. An error (disk full, file size limit) is sticky: the file is cut back
 * to its last whole chunk, later calls count what they drop, and writer_error() tells; the
 * caller goes on draining so that the recorded program never waits for us.
 */
#ifndef TENURE_WRITER_H
#define TENURE_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "trace.h"

struct writer;

/* Creates path. Returns NULL with errno set. You own the result: end it with writer_finish or
 * writer_free. */
struct writer *writer_new(const char *path, const struct trace_program *program);

/* Each returns the new id, never 0. */
module_id writer_module(struct writer *w, const struct trace_module *module);
code_id writer_code(struct writer *w, const struct trace_code *code);
stack_id writer_stack(struct writer *w, stack_id parent, module_id module, uint64_t address);

/* A name for marks; not empty, cut at MARK_NAME_BYTES. */
mark_id writer_mark(struct writer *w, const char *name);

/* Defines or redefines (name, end) a thread. */
void writer_thread(struct writer *w, const struct trace_thread *thread);

/* Appends an event to its thread's stream; a stamp before the last one of the thread is raised to
 * that. */
void writer_event(struct writer *w, const struct trace_event *event);

/*
 * The same for many events of one thread, with no copy between: room for at least one, to be filled
 * with records of kinds ALLOC to BREAK and then committed, at most *room of them and with nothing
 * but definitions between. NULL if no thread can have this number. Chunks that are complete wait;
 * writer_write_chunk writes one of them, and returns false if there is none.
 */
struct event_record *writer_room(struct writer *w, thread_id thread, size_t *room);
void writer_commit(struct writer *w, thread_id thread, size_t count);
bool writer_write_chunk(struct writer *w);
bool writer_is_behind(const struct writer *w); /* complete chunks wait */

void writer_clock(struct writer *w, const struct trace_clock *clock);
void writer_memory(struct writer *w, const struct trace_memory *memory);
void writer_child(struct writer *w, const struct trace_child *child);
/* That the program has in itself, at most once. */
void writer_suppressions(struct writer *w, const char *text);
/* At most once. */
void writer_python(struct writer *w, const struct trace_python *python);
void writer_unrecorded(struct writer *w, const struct trace_unrecorded *unrecorded);

/*
 * A snapshot: begin, words in any number of calls, then end or abandon; other calls may come
 * between. Begin returns the number, from 1. Addresses are multiples of 8 and ascend over all
 * words. End fills in number and word_count, and writes out everything buffered with the snapshot
 * behind it: a reader sees it whole or not at all. What was written of an abandoned one is never
 * seen again; beginning another or ending the trace abandons one too.
 */
uint32_t writer_snapshot_begin(struct writer *w);
void writer_snapshot_words(struct writer *w, const struct trace_word *words, size_t count);
void writer_snapshot_end(struct writer *w, const struct trace_snapshot *snapshot);
void writer_snapshot_abandon(struct writer *w);

/* Adds to the count of lost events (beside EVENT_LOST records, which count by themselves). */
void writer_lost(struct writer *w, uint64_t events);

/* Writes out everything buffered as whole chunks, so that a reader sees it. */
void writer_flush(struct writer *w);

/* First error as an errno value, 0 if none. */
int writer_error(const struct writer *w);
uint64_t writer_events_stored(const struct writer *w);
uint64_t writer_events_lost(const struct writer *w);
/* Of any thread. */
uint64_t writer_last_stamp(const struct writer *w);

/* Flushes, writes index and END (events and events_lost are filled in by the writer), closes and
 * frees. Returns 0 or the first errno value. */
int writer_finish(struct writer *w, const struct trace_end *end);

/* Closes without an END record: the trace stays readable and counts as incomplete. */
void writer_free(struct writer *w);

#endif
