/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../util/array.h"
#include "event_encoder.h"
#include "fields.h"
#include "pending.h"
#include "sink.h"
#include "snapshot_codec.h"
#include "stack_codec.h"
#include "tables.h"
#include "word_codec.h"

/* Records of a table wait until there are as many bytes of them, or until events need them. */
#define TABLE_BYTES_MAX (64u << 10)
#define SNAPSHOT_SLICE_BYTES (1u << 20)

enum table {
	TABLE_MODULES,
	TABLE_CODES,
	TABLE_THREADS,
	TABLE_CLOCKS,
	TABLE_MEMORY,
	TABLE_CHILDREN,
	TABLE_UNRECORDED,
	TABLE_SUPPRESSIONS,
	TABLE_PYTHON,
	TABLE_MARKS,
	TABLE_COUNT
};

static const uint32_t table_types[TABLE_COUNT] = {
	[TABLE_MODULES] = CHUNK_MODULES,       [TABLE_CODES] = CHUNK_CODES,
	[TABLE_THREADS] = CHUNK_THREADS,       [TABLE_CLOCKS] = CHUNK_CLOCKS,
	[TABLE_MEMORY] = CHUNK_MEMORY,	       [TABLE_CHILDREN] = CHUNK_CHILDREN,
	[TABLE_UNRECORDED] = CHUNK_UNRECORDED, [TABLE_SUPPRESSIONS] = CHUNK_SUPPRESSIONS,
	[TABLE_PYTHON] = CHUNK_PYTHON,	       [TABLE_MARKS] = CHUNK_MARKS,
};

struct writer {
	struct sink sink;
	struct chunk_payload payload; /* of the chunk in the making */
	struct chunk_payload tables[TABLE_COUNT];
	struct stack_codec stacks;
	struct event_encoder *encoder;
	uint32_t module_count, code_count, mark_count;
	uint64_t events_stored; /* written or pending */
	uint64_t events_lost, lost_pending; /* the latter is not in a chunk yet */
	struct pending pending;
	/* Of snapshots. */
	struct word_codec *words; /* NULL until there is one */
	uint32_t snapshot_count; /* begun; the last one is the one at hand */
	uint64_t word_count; /* put into the one at hand */
	uint32_t word_chunk_count; /* written of it */
};

static void add_saturating(uint64_t *sum, uint64_t value)
{
	if (__builtin_add_overflow(*sum, value, sum))
		*sum = UINT64_MAX;
}

static void write_table(struct writer *w, enum table table)
{
	struct chunk_payload *payload = &w->tables[table];

	if (payload->bytes.used)
		sink_write(&w->sink, table_types[table], payload, NULL);
	chunk_payload_clear(payload);
}

static void write_tables(struct writer *w)
{
	/* Stacks refer to them. */
	write_table(w, TABLE_MODULES);
	write_table(w, TABLE_CODES);
	if (w->stacks.pending) {
		stack_codec_flush(&w->stacks, &w->payload);
		sink_write(&w->sink, CHUNK_STACKS, &w->payload, NULL);
	}
	for (enum table table = TABLE_CODES + 1; table < TABLE_COUNT; table++)
		write_table(w, table);
	if (w->lost_pending) {
		chunk_payload_clear(&w->payload);
		bytes_put_varint(&w->payload.bytes, w->lost_pending);
		sink_write(&w->sink, CHUNK_LOST, &w->payload, NULL);
		w->lost_pending = 0;
	}
}

static void write_tables_if_large(struct writer *w)
{
	for (enum table table = 0; table < TABLE_COUNT; table++) {
		if (w->tables[table].bytes.used >= TABLE_BYTES_MAX) {
			write_tables(w);
			return;
		}
	}
	if (w->stacks.pending >= STACKS_PER_CHUNK_MAX)
		write_tables(w);
}

/* Empties the block. */
static void write_events(struct writer *w, struct pending_block *block)
{
	struct event_prologue prologue;

	if (!block->count)
		return;
	write_tables(w);
	prologue = (struct event_prologue){
		.thread = block->thread,
		.count = block->count,
		.first_stamp = block->events[0].stamp,
		.last_stamp = block->events[block->count - 1].stamp,
	};
	if (!w->sink.error)
		event_encoder_run(w->encoder, &prologue, block->events, w->stacks.count,
				  &w->payload);
	if (!sink_write(&w->sink, CHUNK_EVENTS, &w->payload, &prologue)) {
		w->events_stored -= block->count;
		for (uint32_t i = 0; i < block->count; i++) {
			/* What a record of loss tells was counted when it came. */
			if (block->events[i].kind != EVENT_LOST)
				add_saturating(&w->events_lost, 1);
		}
	}
	block->count = 0;
}

bool writer_write_chunk(struct writer *w)
{
	struct pending_block *block = pending_take_full(&w->pending);

	if (!block)
		return false;
	write_events(w, block);
	pending_give_back(&w->pending, block);
	return true;
}

static void write_all_events(struct writer *w)
{
	while (writer_write_chunk(w))
		;
	for (size_t i = 0; i < w->pending.active_count; i++) {
		struct pending_thread *thread = &w->pending.threads[w->pending.active[i]];

		if (thread->block)
			write_events(w, thread->block);
	}
}

static void release(struct writer *w)
{
	sink_release(&w->sink);
	for (enum table table = 0; table < TABLE_COUNT; table++)
		chunk_payload_release(&w->tables[table]);
	chunk_payload_release(&w->payload);
	stack_codec_release(&w->stacks);
	event_encoder_free(w->encoder);
	pending_release(&w->pending);
	word_codec_free(w->words);
	free(w);
}

struct writer *writer_new(const char *path, const struct trace_program *program)
{
	struct writer *w = xcalloc(1, sizeof *w);

	if (!sink_open(&w->sink, path)) {
		free(w);
		return NULL;
	}
	w->encoder = event_encoder_new();
	tables_put_program(&w->payload.bytes, program);
	if (!sink_write(&w->sink, CHUNK_PROGRAM, &w->payload, NULL)) {
		int reason = w->sink.error;

		unlink(path);
		release(w);
		errno = reason;
		return NULL;
	}
	return w;
}

module_id writer_module(struct writer *w, const struct trace_module *module)
{
	write_tables_if_large(w);
	tables_put_module(&w->tables[TABLE_MODULES].bytes, module);
	return ++w->module_count;
}

code_id writer_code(struct writer *w, const struct trace_code *code)
{
	write_tables_if_large(w);
	tables_put_code(&w->tables[TABLE_CODES].bytes, code);
	return ++w->code_count;
}

stack_id writer_stack(struct writer *w, stack_id parent, module_id module, uint64_t address)
{
	/* An undefined id would cost the reader the whole chunk: better none. */
	struct trace_frame frame = {
		.address = address,
		.module = module <= w->module_count ? module : 0,
		.parent = parent <= w->stacks.count ? parent : 0,
	};

	write_tables_if_large(w);
	stack_codec_put(&w->stacks, &frame);
	return w->stacks.count;
}

mark_id writer_mark(struct writer *w, const char *name)
{
	write_tables_if_large(w);
	tables_put_mark(&w->tables[TABLE_MARKS].bytes, name);
	return ++w->mark_count;
}

void writer_thread(struct writer *w, const struct trace_thread *thread)
{
	struct pending_thread *state = pending_thread(&w->pending, thread->id);

	if (!state)
		return;
	write_tables_if_large(w);
	tables_put_thread(&w->tables[TABLE_THREADS].bytes, thread);
	state->defined = true;
}

struct event_record *writer_room(struct writer *w, thread_id thread, size_t *room)
{
	struct event_record *at;

	if (!pending_thread(&w->pending, thread))
		return NULL;
	while (!(at = pending_room(&w->pending, thread, room))) {
		if (writer_write_chunk(w))
			continue;
		write_all_events(w);
		pending_tidy(&w->pending, true);
	}
	return at;
}

void writer_commit(struct writer *w, thread_id id, size_t count)
{
	struct pending_thread *thread = &w->pending.threads[id];

	if (!count)
		return;
	if (!thread->defined)
		writer_thread(w, &(struct trace_thread){
					 .id = id,
					 .begin_stamp = thread->block->events[0].stamp,
				 });
	w->events_stored += count;
	pending_commit(&w->pending, id, count);
}

void writer_event(struct writer *w, const struct trace_event *event)
{
	size_t room;
	struct event_record *at = w->sink.error ? NULL : writer_room(w, event->thread, &room);

	if (event->kind == EVENT_LOST)
		add_saturating(&w->events_lost, event->size);
	if (!at) {
		if (event->kind != EVENT_LOST)
			add_saturating(&w->events_lost, 1);
		return;
	}
	*at = (struct event_record){
		.stamp = event->stamp,
		.address = event->address,
		.size = event->size,
		.stack = event->stack,
		.kind = event->kind,
		.api = event->api,
		.detail = event->detail,
	};
	writer_commit(w, event->thread, 1);
	writer_write_chunk(w);
}

void writer_clock(struct writer *w, const struct trace_clock *clock)
{
	write_tables_if_large(w);
	tables_put_clock(&w->tables[TABLE_CLOCKS].bytes, clock);
}

void writer_memory(struct writer *w, const struct trace_memory *memory)
{
	write_tables_if_large(w);
	tables_put_memory(&w->tables[TABLE_MEMORY].bytes, memory);
}

void writer_child(struct writer *w, const struct trace_child *child)
{
	write_tables_if_large(w);
	tables_put_child(&w->tables[TABLE_CHILDREN].bytes, child);
}

void writer_suppressions(struct writer *w, const char *text)
{
	fields_put_text(&w->tables[TABLE_SUPPRESSIONS].bytes, text);
}

void writer_python(struct writer *w, const struct trace_python *python)
{
	tables_put_python(&w->tables[TABLE_PYTHON].bytes, python);
}

void writer_unrecorded(struct writer *w, const struct trace_unrecorded *unrecorded)
{
	write_tables_if_large(w);
	tables_put_unrecorded(&w->tables[TABLE_UNRECORDED].bytes, unrecorded);
}

void writer_lost(struct writer *w, uint64_t events)
{
	add_saturating(&w->events_lost, events);
	add_saturating(&w->lost_pending, events);
}

void writer_flush(struct writer *w)
{
	write_all_events(w);
	pending_tidy(&w->pending, false);
	write_tables(w);
}

bool writer_is_behind(const struct writer *w)
{
	return w->pending.first_full != NULL;
}

uint64_t writer_last_stamp(const struct writer *w)
{
	uint64_t last = 0;

	for (size_t i = 0; i < w->pending.thread_count; i++)
		if (w->pending.threads[i].last_stamp > last)
			last = w->pending.threads[i].last_stamp;
	return last;
}

int writer_error(const struct writer *w)
{
	return w->sink.error;
}

uint64_t writer_events_stored(const struct writer *w)
{
	return w->events_stored;
}

uint64_t writer_events_lost(const struct writer *w)
{
	return w->events_lost;
}

static void write_words(struct writer *w)
{
	word_codec_flush(w->words, w->snapshot_count, &w->payload);
	if (sink_write(&w->sink, CHUNK_WORDS, &w->payload, NULL))
		w->word_chunk_count++;
}

uint32_t writer_snapshot_begin(struct writer *w)
{
	writer_snapshot_abandon(w);
	if (!w->words)
		w->words = word_codec_new();
	return ++w->snapshot_count;
}

void writer_snapshot_words(struct writer *w, const struct trace_word *words, size_t count)
{
	w->word_count += count;
	while (count && !w->sink.error) {
		size_t taken = word_codec_put(w->words, words, count);

		words += taken;
		count -= taken;
		if (word_codec_is_full(w->words))
			write_words(w);
	}
}

/* The record may be longer than a chunk can be: threads by the thousand, each with hundreds of
 * registers. */
static void write_snapshot(struct writer *w, const struct bytes *record)
{
	for (size_t at = 0; at < record->used;) {
		size_t left = record->used - at;
		size_t slice = left < SNAPSHOT_SLICE_BYTES ? left : SNAPSHOT_SLICE_BYTES;

		chunk_payload_clear(&w->payload);
		bytes_put_varint(&w->payload.bytes, left - slice);
		bytes_append(&w->payload.bytes, record->data + at, slice);
		sink_write(&w->sink, CHUNK_SNAPSHOT, &w->payload, NULL);
		at += slice;
	}
}

void writer_snapshot_end(struct writer *w, const struct trace_snapshot *snapshot)
{
	struct trace_snapshot numbered = *snapshot;
	struct bytes record = {0};

	if (word_codec_count(w->words))
		write_words(w);
	writer_flush(w);
	numbered.number = w->snapshot_count;
	numbered.word_count = w->word_count;
	snapshot_codec_put(&record, &numbered, w->word_chunk_count);
	write_snapshot(w, &record);
	bytes_release(&record);
	writer_snapshot_abandon(w);
}

void writer_snapshot_abandon(struct writer *w)
{
	if (w->words)
		word_codec_clear(w->words);
	w->word_count = w->word_chunk_count = 0;
}

static void write_end(struct writer *w, const struct trace_end *end)
{
	uint64_t index_offset = sink_write_index(&w->sink);
	struct trace_end totals = *end;

	totals.events = w->events_stored;
	totals.events_lost = w->events_lost;
	chunk_payload_clear(&w->payload);
	tables_put_end(&w->payload.bytes, &totals, index_offset);
	sink_write(&w->sink, CHUNK_END, &w->payload, NULL);
}

int writer_finish(struct writer *w, const struct trace_end *end)
{
	int reason;

	writer_flush(w);
	write_end(w, end);
	reason = sink_close(&w->sink);
	release(w);
	return reason;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	writer_flush(w);
	release(w);
}
