/* SPDX-License-Identifier: MIT */
/*
 * reader.h - reads one trace file, trusting nothing in it.
 *
 * Opening maps the chunks (by the index, or by walking them when the file was cut) and loads the
 * tables; events are then decoded chunk by chunk and merged over threads by stamp, frees before
 * allocations at equal stamps. Memory: tables plus one decoded chunk per thread alive at that
 * point and a few batches of merged events, never all of them. In a large trace, and if there is
 * more than one processor, a thread of the reader's own works ahead of the caller; that is not to be
 * seen from here, and a reader is used by one thread at a time as before. Any byte string is safe: damage ends the reading at the last whole
 * chunk before it and is told by reader_damage(), never by a crash or an unbounded allocation.
 * Everything returned by pointer belongs to the reader and lives until reader_free.
 */
#ifndef TENURE_READER_H
#define TENURE_READER_H

#include <stddef.h>

#include "trace.h"

struct reader;

/* Returns NULL and fills error if nothing can be read (no such file, foreign format, damaged
 * before the program record). */
struct reader *reader_new(const char *path, struct trace_error *error);
void reader_free(struct reader *r);

const struct trace_program *reader_program(const struct reader *r);

/* The END record, or NULL if the trace is incomplete. */
const struct trace_end *reader_end(const struct reader *r);

/* Where and why reading stopped early, or NULL if the file is whole so far; never tells of damage
 * behind the events or words handed out. Complete only after reader_next returned false, or
 * reader_batch 0; of the words of a snapshot, after reader_words_next did. */
const struct trace_error *reader_damage(const struct reader *r);

uint64_t reader_file_bytes(const struct reader *r);

/* Tables. Ids run from 1 to the count; an id outside yields NULL. */
uint32_t reader_module_count(const struct reader *r);
const struct trace_module *reader_module(const struct reader *r, module_id id);
uint32_t reader_code_count(const struct reader *r);
const struct trace_code *reader_code(const struct reader *r, code_id id);
uint32_t reader_stack_count(const struct reader *r);
const struct trace_frame *reader_stack(const struct reader *r, stack_id id);
uint32_t reader_mark_count(const struct reader *r);
const char *reader_mark(const struct reader *r, uint64_t id);
/* Threads, clocks, memory samples, children, unrecorded programs and snapshots by position from
 * 0. */
uint32_t reader_thread_count(const struct reader *r);
const struct trace_thread *reader_thread(const struct reader *r, uint32_t position);
uint32_t reader_clock_count(const struct reader *r);
const struct trace_clock *reader_clock(const struct reader *r, uint32_t position);
uint32_t reader_memory_count(const struct reader *r);
const struct trace_memory *reader_memory(const struct reader *r, uint32_t position);
uint32_t reader_child_count(const struct reader *r);
const struct trace_child *reader_child(const struct reader *r, uint32_t position);
uint32_t reader_unrecorded_count(const struct reader *r);
const struct trace_unrecorded *reader_unrecorded(const struct reader *r, uint32_t position);

uint32_t reader_snapshot_count(const struct reader *r);
const struct trace_snapshot *reader_snapshot(const struct reader *r, uint32_t position);

/* NULL: no interpreter is known. */
const struct trace_python *reader_python(const struct reader *r);

/* What the program has in itself for LeakSanitizer, "" if nothing. */
const char *reader_suppressions(const struct reader *r);

/* Sum of what chunks say was lost outside EVENT_LOST records. */
uint64_t reader_lost(const struct reader *r);

/* The stamp of the last event, whether read already or not; that of the start without events. */
uint64_t reader_last_stamp(const struct reader *r);

/* Nanoseconds since the start of the program at a stamp, by interpolation; never negative. */
uint64_t reader_elapsed_ns(const struct reader *r, uint64_t stamp);

/* The first stamp at which so much time has passed since the start; UINT64_MAX if none is that late. */
uint64_t reader_stamp_at(const struct reader *r, uint64_t elapsed_ns);

/* Next event in order of stamps. Returns false at the end or at damage. */
bool reader_next(struct reader *r, struct trace_event *event);

/*
 * The next events in the same order, as many as are at hand: some thousands, fewer at the end. They
 * stay valid until the reader is asked for more, rewound or freed. Returns their number, 0 at the
 * end or at damage. Mixes with reader_next.
 */
size_t reader_batch(struct reader *r, const struct trace_event **events);

/* Starts again at the first event. */
void reader_rewind(struct reader *r);

/*
 * The words of the snapshot at a position, in order of their addresses. Has nothing to do with the
 * events: both may be read in turns, and several snapshots too. Memory: one chunk. NULL if there is
 * no such snapshot; else you own it. Free it before the reader.
 */
struct reader_words;
struct reader_words *reader_words_new(struct reader *r, uint32_t position);
void reader_words_free(struct reader_words *words);

/* The next words, valid until the next call. Returns their number, 0 at the end or at damage, which
 * reader_damage then tells. */
size_t reader_words_next(struct reader_words *words, const struct trace_word **batch);

/* Have all words of the snapshot been handed out? */
bool reader_words_complete(const struct reader_words *words);

/* Overrides, for tests, whether a thread works ahead. Only before the first event is read. */
void reader_use_threads(struct reader *r, bool use);

#endif
