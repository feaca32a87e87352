/* SPDX-License-Identifier: MIT */
/*
 * tables.h - the small records of a trace into bytes and back, side by side. Private to
 * analyzer/trace.
 *
 * tables_put_* appends one record; tables_take_* takes one off a cursor and returns false if the
 * bytes are no such record. Strings that come out live in the arena and are NUL-ended. Records of
 * a kind follow each other in a chunk until its payload ends.
 */
#ifndef TENURE_TABLES_H
#define TENURE_TABLES_H

#include "../util/arena.h"
#include "../util/bytes.h"
#include "trace.h"

void tables_put_program(struct bytes *to, const struct trace_program *program);
bool tables_take_program(struct cursor *from, struct arena *arena, struct trace_program *program);

void tables_put_module(struct bytes *to, const struct trace_module *module);
bool tables_take_module(struct cursor *from, struct arena *arena, struct trace_module *module);

void tables_put_code(struct bytes *to, const struct trace_code *code);
bool tables_take_code(struct cursor *from, struct arena *arena, struct trace_code *code);

void tables_put_python(struct bytes *to, const struct trace_python *python);
bool tables_take_python(struct cursor *from, struct trace_python *python);

void tables_put_thread(struct bytes *to, const struct trace_thread *thread);
bool tables_take_thread(struct cursor *from, struct trace_thread *thread);

void tables_put_clock(struct bytes *to, const struct trace_clock *clock);
bool tables_take_clock(struct cursor *from, struct trace_clock *clock);

void tables_put_memory(struct bytes *to, const struct trace_memory *memory);
bool tables_take_memory(struct cursor *from, struct trace_memory *memory);

void tables_put_child(struct bytes *to, const struct trace_child *child);
bool tables_take_child(struct cursor *from, struct arena *arena, struct trace_child *child);

void tables_put_unrecorded(struct bytes *to, const struct trace_unrecorded *unrecorded);
bool tables_take_unrecorded(struct cursor *from, struct arena *arena,
			    struct trace_unrecorded *unrecorded);
/* The name of marks, which is not empty and has MARK_NAME_BYTES at most. */
void tables_put_mark(struct bytes *to, const char *name);
bool tables_take_mark(struct cursor *from, struct arena *arena, const char **name);

void tables_put_end(struct bytes *to, const struct trace_end *end, uint64_t index_offset);
bool tables_take_end(struct cursor *from, struct trace_end *end, uint64_t *index_offset);

#endif
