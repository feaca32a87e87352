/* SPDX-License-Identifier: MIT */
#include "catalog.h"

#include <stdlib.h>

#include "../util/array.h"
#include "snapshot_codec.h"
#include "fields.h"
#include "tables.h"

void catalog_init(struct catalog *c)
{
	*c = (struct catalog){.codec = xcalloc(1, sizeof *c->codec)};
}

void catalog_seal(struct catalog *c)
{
	bytes_release(&c->snapshot_record);
	if (!c->codec)
		return;
	stack_codec_release(c->codec);
	free(c->codec);
	c->codec = NULL;
}

uint32_t catalog_thread_position(const struct catalog *c, thread_id id)
{
	return id < c->thread_position_count ? c->thread_positions[id] - 1 : UINT32_MAX;
}

static bool take_modules(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		struct trace_module module;

		if (!tables_take_module(from, &c->strings, &module))
			return false;
		ARRAY_GROW(c->modules, c->module_count + 1, c->module_capacity);
		c->modules[c->module_count++] = module;
	}
	return true;
}

static bool take_codes(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		ARRAY_GROW(c->codes, c->code_count + 1, c->code_capacity);
		if (!tables_take_code(from, &c->strings, &c->codes[c->code_count]))
			return false;
		c->code_count++;
	}
	return true;
}

static void define_thread(struct catalog *c, const struct trace_thread *thread)
{
	uint32_t position = catalog_thread_position(c, thread->id);

	if (position == UINT32_MAX) {
		if (thread->id >= c->thread_position_count) {
			size_t count = (size_t)thread->id + 1;

			ARRAY_GROW(c->thread_positions, count, c->thread_position_capacity);
			memset(c->thread_positions + c->thread_position_count, 0,
			       (count - c->thread_position_count) * sizeof *c->thread_positions);
			c->thread_position_count = count;
		}
		ARRAY_GROW(c->threads, c->thread_count + 1, c->thread_capacity);
		ARRAY_GROW(c->streams, c->thread_count + 1, c->stream_capacity);
		c->streams[c->thread_count] = (struct catalog_stream){0};
		position = (uint32_t)c->thread_count++;
		c->thread_positions[thread->id] = position + 1;
	}
	c->threads[position] = *thread;
}

static bool take_threads(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		struct trace_thread thread;

		if (!tables_take_thread(from, &thread))
			return false;
		define_thread(c, &thread);
	}
	return true;
}

static bool take_clocks(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		ARRAY_GROW(c->clocks, c->clock_count + 1, c->clock_capacity);
		if (!tables_take_clock(from, &c->clocks[c->clock_count]))
			return false;
		c->clock_count++;
	}
	return true;
}

static bool take_memory(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		ARRAY_GROW(c->memory, c->memory_count + 1, c->memory_capacity);
		if (!tables_take_memory(from, &c->memory[c->memory_count]))
			return false;
		c->memory_count++;
	}
	return true;
}

static bool take_children(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		ARRAY_GROW(c->children, c->child_count + 1, c->child_capacity);
		if (!tables_take_child(from, &c->strings, &c->children[c->child_count]))
			return false;
		c->child_count++;
	}
	return true;
}

static bool take_unrecorded(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		ARRAY_GROW(c->unrecorded, c->unrecorded_count + 1, c->unrecorded_capacity);
		if (!tables_take_unrecorded(from, &c->strings, &c->unrecorded[c->unrecorded_count]))
			return false;
		c->unrecorded_count++;
	}
	return true;
}

static bool take_marks(struct catalog *c, struct cursor *from)
{
	while (!cursor_at_end(from)) {
		ARRAY_GROW(c->marks, c->mark_count + 1, c->mark_capacity);
		if (!tables_take_mark(from, &c->strings, &c->marks[c->mark_count]))
			return false;
		c->mark_count++;
	}
	return true;
}

static bool take_suppressions(struct catalog *c, struct cursor *from)
{
	c->suppressions = fields_take_text(from, &c->strings);
	return !from->bad && cursor_at_end(from);
}

static bool take_lost(struct catalog *c, struct cursor *from)
{
	uint64_t lost = cursor_varint(from);

	if (__builtin_add_overflow(c->lost, lost, &c->lost))
		c->lost = UINT64_MAX;
	return !from->bad && cursor_at_end(from);
}

/* A snapshot's words are the last chunks of words before it. */
static const char *take_snapshot(struct catalog *c)
{
	struct cursor from = cursor_of(c->snapshot_record.data, c->snapshot_record.used);
	size_t chunks_at_hand = c->word_chunk_count - c->word_chunks_passed;
	struct catalog_snapshot snapshot;
	uint32_t last_number = 0;
	const char *problem = snapshot_codec_take(&from, &c->strings, &snapshot.record,
						  &snapshot.chunk_count);

	if (problem)
		return problem;
	if (c->snapshot_count)
		last_number = c->snapshots[c->snapshot_count - 1].record.number;
	if (snapshot.record.number <= last_number)
		return "numbers out of sequence";
	if (snapshot.chunk_count > chunks_at_hand)
		return "words missing";
	if (snapshot.record.word_count < snapshot.chunk_count ||
	    snapshot.record.word_count > (uint64_t)snapshot.chunk_count * WORDS_PER_CHUNK_MAX)
		return "impossible number of words";
	snapshot.first_chunk = c->word_chunk_count - snapshot.chunk_count;
	c->word_chunks_passed = c->word_chunk_count;
	ARRAY_GROW(c->snapshots, c->snapshot_count + 1, c->snapshot_capacity);
	c->snapshots[c->snapshot_count++] = snapshot;
	return NULL;
}

static const char *take_snapshot_slice(struct catalog *c, struct cursor *from)
{
	uint64_t left = cursor_varint(from);
	size_t bytes = (size_t)(from->end - from->at);
	const char *problem;

	if (from->bad || !bytes)
		return "damaged record";
	if (c->snapshot_record.used && c->snapshot_bytes_left - bytes != left)
		return "slices that do not fit together";
	bytes_append(&c->snapshot_record, from->at, bytes);
	c->snapshot_bytes_left = left;
	if (left)
		return NULL;
	problem = take_snapshot(c);
	c->snapshot_record.used = 0;
	return problem;
}

bool catalog_has_table(uint32_t type)
{
	switch (type) {
	case CHUNK_MODULES:
	case CHUNK_CODES:
	case CHUNK_STACKS:
	case CHUNK_THREADS:
	case CHUNK_CLOCKS:
	case CHUNK_MEMORY:
	case CHUNK_CHILDREN:
	case CHUNK_SUPPRESSIONS:
	case CHUNK_UNRECORDED:
	case CHUNK_PYTHON:
	case CHUNK_LOST:
	case CHUNK_MARKS:
	case CHUNK_SNAPSHOT:
		return true;
	default:
		return false;
	}
}

const char *catalog_take_table(struct catalog *c, uint32_t type, const uint8_t *payload,
			       size_t bytes)
{
	struct cursor from = cursor_of(payload, bytes);
	bool taken = true;

	switch (type) {
	case CHUNK_MODULES:
		taken = take_modules(c, &from);
		break;
	case CHUNK_CODES:
		taken = take_codes(c, &from);
		break;
	case CHUNK_STACKS:
		return stack_codec_take(c->codec, payload, bytes, (uint32_t)c->module_count,
					&c->stacks);
	case CHUNK_THREADS:
		taken = take_threads(c, &from);
		break;
	case CHUNK_CLOCKS:
		taken = take_clocks(c, &from);
		break;
	case CHUNK_MEMORY:
		taken = take_memory(c, &from);
		break;
	case CHUNK_CHILDREN:
		taken = take_children(c, &from);
		break;
	case CHUNK_SUPPRESSIONS:
		taken = take_suppressions(c, &from);
		break;
	case CHUNK_UNRECORDED:
		taken = take_unrecorded(c, &from);
		break;
	case CHUNK_PYTHON:
		taken = tables_take_python(&from, &c->python);
		c->has_python = taken;
		break;
	case CHUNK_LOST:
		taken = take_lost(c, &from);
		break;
	case CHUNK_MARKS:
		taken = take_marks(c, &from);
		break;
	case CHUNK_SNAPSHOT:
		return take_snapshot_slice(c, &from);
	default: /* of another version, or of no interest here */
		break;
	}
	return taken ? NULL : "damaged record";
}

const char *catalog_add_events(struct catalog *c, uint64_t offset,
			       const struct event_prologue *prologue)
{
	uint32_t position = catalog_thread_position(c, prologue->thread);
	struct catalog_stream *stream;
	uint32_t link;

	if (position == UINT32_MAX)
		return "undefined thread";
	if (c->events_count == UINT32_MAX - 1)
		return "too many of them";
	stream = &c->streams[position];
	if (stream->last && c->events[stream->last - 1].prologue.last_stamp > prologue->first_stamp)
		return "stamps out of order";
	ARRAY_GROW(c->events, c->events_count + 1, c->events_capacity);
	c->events[c->events_count++] = (struct catalog_events){offset, *prologue, 0};
	link = (uint32_t)c->events_count;
	if (stream->last)
		c->events[stream->last - 1].next = link;
	else
		stream->first = link;
	stream->last = link;
	return NULL;
}

void catalog_add_words(struct catalog *c, uint64_t offset)
{
	ARRAY_GROW(c->word_chunks, c->word_chunk_count + 1, c->word_chunk_capacity);
	c->word_chunks[c->word_chunk_count++] = offset;
}

void catalog_release(struct catalog *c)
{
	catalog_seal(c);
	arena_release(&c->strings);
	free(c->modules);
	free(c->codes);
	free(c->stacks.frames);
	free(c->threads);
	free(c->streams);
	free(c->thread_positions);
	free(c->clocks);
	free(c->memory);
	free(c->children);
	free(c->unrecorded);
	free(c->marks);
	free(c->snapshots);
	free(c->word_chunks);
	free(c->events);
}
