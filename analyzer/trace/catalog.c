/* SPDX-License-Identifier: MIT */
#include "catalog.h"

#include <stdlib.h>

#include "../util/array.h"
#include "index.h"
#include "tables.h"

/* Tables of a small file may unpack to this, of a larger one to so many times its size. Memory
 * stays in proportion: a record takes at most 16 times the bytes that it unpacks from. */
#define TABLE_BYTES_BASE (4u << 20)
#define TABLE_BYTES_PER_FILE_BYTE 64u

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

static bool take_lost(struct catalog *c, struct cursor *from)
{
	uint64_t lost = cursor_varint(from);

	if (__builtin_add_overflow(c->lost, lost, &c->lost))
		c->lost = UINT64_MAX;
	return !from->bad && cursor_at_end(from);
}

/* Returns NULL, or what is wrong. */
static const char *take_table(struct catalog *c, uint32_t type, const uint8_t *payload,
			      size_t bytes)
{
	struct cursor from = cursor_of(payload, bytes);
	bool taken = true;

	switch (type) {
	case CHUNK_MODULES:
		taken = take_modules(c, &from);
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
	case CHUNK_LOST:
		taken = take_lost(c, &from);
		break;
	default: /* of another version, or of no interest here */
		break;
	}
	return taken ? NULL : "damaged record";
}

static const uint8_t *load_payload(struct catalog *c, struct source *source, uint64_t offset,
				   const struct chunk_header *header)
{
	uint64_t limit = TABLE_BYTES_BASE;

	if (__builtin_add_overflow(limit, source->file_bytes * TABLE_BYTES_PER_FILE_BYTE, &limit))
		limit = UINT64_MAX;
	c->table_bytes += header->raw_bytes;
	if (c->table_bytes > limit) {
		source_fail(source, offset, "tables unpack to more than a file of this size has");
		return NULL;
	}
	return source_payload(source, offset, header);
}

static bool load_table(struct catalog *c, struct source *source, uint64_t offset,
		       const struct chunk_header *header)
{
	const uint8_t *payload = load_payload(c, source, offset, header);
	const char *problem;

	if (!payload)
		return false;
	problem = take_table(c, header->type, payload, header->raw_bytes);
	if (problem)
		return source_fail(source, offset, "%s in %s chunk", problem,
				   chunk_name(header->type));
	return true;
}

static bool is_known(uint32_t type)
{
	switch (type) {
	case CHUNK_MODULES:
	case CHUNK_STACKS:
	case CHUNK_THREADS:
	case CHUNK_CLOCKS:
	case CHUNK_MEMORY:
	case CHUNK_CHILDREN:
	case CHUNK_LOST:
		return true;
	default:
		return false;
	}
}

static bool add_events(struct catalog *c, struct source *source, uint64_t offset,
		       const struct event_prologue *prologue)
{
	uint32_t position = catalog_thread_position(c, prologue->thread);
	struct catalog_stream *stream;
	uint32_t link;

	if (position == UINT32_MAX)
		return source_fail(source, offset, "undefined thread in event chunk");
	if (c->events_count == UINT32_MAX - 1)
		return source_fail(source, offset, "too many event chunks");
	stream = &c->streams[position];
	if (stream->last &&
	    c->events[stream->last - 1].prologue.last_stamp > prologue->first_stamp)
		return source_fail(source, offset, "stamps out of order in event chunk");
	ARRAY_GROW(c->events, c->events_count + 1, c->events_capacity);
	c->events[c->events_count++] = (struct catalog_events){offset, *prologue, 0};
	link = (uint32_t)c->events_count;
	if (stream->last)
		c->events[stream->last - 1].next = link;
	else
		stream->first = link;
	stream->last = link;
	return true;
}

static bool load_end(struct catalog *c, struct source *source, uint64_t offset,
		     const struct chunk_header *header, uint64_t *index_offset)
{
	const uint8_t *payload = source_payload(source, offset, header);
	struct cursor from;

	if (!payload)
		return false;
	from = cursor_of(payload, header->raw_bytes);
	if (!tables_take_end(&from, &c->end, index_offset) || !cursor_at_end(&from))
		return source_fail(source, offset, "damaged record in end chunk");
	return true;
}

/* Do the chunks hold what the END says? */
static void compare_totals(const struct catalog *c, struct source *source, uint64_t end_offset)
{
	uint64_t events = 0;

	for (size_t i = 0; i < c->events_count; i++)
		events += c->events[i].prologue.count;
	if (events != c->end.events)
		source_fail(source, end_offset,
			    "end chunk counts %llu events, but event chunks hold %llu",
			    (unsigned long long)c->end.events, (unsigned long long)events);
}

static bool walk_events(struct catalog *c, struct source *source, uint64_t offset,
			const struct chunk_header *header)
{
	const uint8_t *stored = source_stored(source, offset, header);
	struct event_prologue prologue;
	const char *problem;

	if (!stored)
		return false;
	problem = header->stored_bytes < EVENTS_PROLOGUE_BYTES ?
			  "too little data" :
			  event_decoder_prologue(stored, &prologue);
	if (problem)
		return source_fail(source, offset, "%s in event chunk", problem);
	return add_events(c, source, offset, &prologue);
}

/* Without an index every chunk is checked, for only so its length is sure. */
static void walk(struct catalog *c, struct source *source, uint64_t offset)
{
	struct chunk_header header;
	uint64_t index_offset;

	for (; offset < source->file_bytes; offset = source_next(offset, &header)) {
		bool good;

		if (c->complete) {
			source_fail(source, offset, "data behind the end chunk");
			return;
		}
		if (!source_header(source, offset, &header))
			return;
		if (header.type == CHUNK_EVENTS) {
			good = walk_events(c, source, offset, &header);
		} else if (header.type == CHUNK_END) {
			good = load_end(c, source, offset, &header, &index_offset);
			c->complete = good;
			if (good)
				compare_totals(c, source, offset);
		} else if (is_known(header.type)) {
			good = load_table(c, source, offset, &header);
		} else {
			good = source_stored(source, offset, &header);
		}
		if (!good)
			return;
	}
}

/* Collects the index from its chunks, which must fill [offset, end_offset). */
static bool load_index(struct catalog *c, struct source *source, uint64_t offset,
		       uint64_t end_offset, struct bytes *index)
{
	struct chunk_header header;

	if (offset < FILE_HEADER_BYTES)
		return false;
	while (offset < end_offset) {
		const uint8_t *payload;

		if (!source_header(source, offset, &header) || header.type != CHUNK_INDEX)
			return false;
		payload = load_payload(c, source, offset, &header);
		if (!payload)
			return false;
		bytes_append(index, payload, header.raw_bytes);
		offset = source_next(offset, &header);
	}
	return offset == end_offset;
}

static bool is_sound(const struct bytes *index, uint64_t index_offset)
{
	struct cursor from = cursor_of(index->data, index->used);
	struct index_state state = {0};
	uint64_t free_from = FILE_HEADER_BYTES;

	while (!cursor_at_end(&from)) {
		struct index_entry entry;

		if (!index_take(&from, &state, &entry) || entry.offset < free_from ||
		    entry.offset >= index_offset)
			return false;
		free_from = entry.offset + CHUNK_HEADER_BYTES;
	}
	return true;
}

/* Finds END and index from the end of the file. Nothing is noted if that fails: walking will tell
 * why. Returns the offset of the END, 0 if there is no usable index. */
static uint64_t find_index(struct catalog *c, struct source *source, struct bytes *index)
{
	struct chunk_header header;
	uint64_t end_offset, index_offset;
	bool found = false;

	if (source->file_bytes < FILE_HEADER_BYTES + END_CHUNK_BYTES)
		return 0;
	end_offset = source->file_bytes - END_CHUNK_BYTES;
	if (source_header(source, end_offset, &header) && header.type == CHUNK_END &&
	    header.stored_bytes == END_PAYLOAD_BYTES &&
	    load_end(c, source, end_offset, &header, &index_offset) &&
	    load_index(c, source, index_offset, end_offset, index) && index->used)
		found = is_sound(index, index_offset);
	source->damaged = false;
	return found ? end_offset : 0;
}

static void load_indexed(struct catalog *c, struct source *source, const struct bytes *index,
			 uint64_t end_offset)
{
	struct cursor from = cursor_of(index->data, index->used);
	struct index_state state = {0};
	struct index_entry entry;

	c->complete = true;
	while (!cursor_at_end(&from) && index_take(&from, &state, &entry)) {
		struct chunk_header header;

		if (entry.type == CHUNK_EVENTS) {
			if (!add_events(c, source, entry.offset, &entry.events))
				return;
		} else if (is_known(entry.type)) {
			if (!source_header(source, entry.offset, &header))
				return;
			if (header.type != entry.type) {
				source_fail(source, entry.offset, "index names another chunk type");
				return;
			}
			if (!load_table(c, source, entry.offset, &header))
				return;
		}
	}
	compare_totals(c, source, end_offset);
}

/* Returns the offset behind the program chunk, 0 if that is damaged. */
static uint64_t load_program(struct catalog *c, struct source *source)
{
	struct chunk_header header;
	const uint8_t *payload;
	struct cursor from;

	if (!source_header(source, FILE_HEADER_BYTES, &header))
		return 0;
	if (header.type != CHUNK_PROGRAM)
		return source_fail(source, FILE_HEADER_BYTES, "no program chunk at the beginning");
	payload = load_payload(c, source, FILE_HEADER_BYTES, &header);
	if (!payload)
		return 0;
	from = cursor_of(payload, header.raw_bytes);
	if (!tables_take_program(&from, &c->strings, &c->program))
		return source_fail(source, FILE_HEADER_BYTES, "damaged record in program chunk");
	return source_next(FILE_HEADER_BYTES, &header);
}

bool catalog_load(struct catalog *c, struct source *source)
{
	struct bytes index = {0};
	uint64_t next, end_offset;

	*c = (struct catalog){0};
	next = load_program(c, source);
	if (!next)
		return false;
	c->codec = xcalloc(1, sizeof *c->codec);
	end_offset = find_index(c, source, &index);
	if (end_offset)
		load_indexed(c, source, &index, end_offset);
	else
		walk(c, source, next);
	bytes_release(&index);
	stack_codec_release(c->codec);
	free(c->codec);
	c->codec = NULL;
	return true;
}

void catalog_release(struct catalog *c)
{
	arena_release(&c->strings);
	free(c->modules);
	free(c->stacks.frames);
	free(c->threads);
	free(c->streams);
	free(c->thread_positions);
	free(c->clocks);
	free(c->memory);
	free(c->children);
	free(c->events);
}
