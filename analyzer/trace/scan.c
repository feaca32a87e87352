/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include "index.h"
#include "tables.h"

/* Tables of a small file may unpack to this, of a larger one to so many times its size. Memory
 * stays in proportion: a record takes at most 16 times the bytes that it unpacks from. */
#define TABLE_BYTES_BASE (4u << 20)
#define TABLE_BYTES_PER_FILE_BYTE 64u

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
	problem = catalog_take_table(c, header->type, payload, header->raw_bytes);
	if (problem)
		return source_fail(source, offset, "%s in %s chunk", problem,
				   chunk_name(header->type));
	return true;
}

static bool add_events(struct catalog *c, struct source *source, uint64_t offset,
		       const struct event_prologue *prologue)
{
	const char *problem = catalog_add_events(c, offset, prologue);

	return !problem || source_fail(source, offset, "%s in event chunk", problem);
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
	problem = header->stored_bytes < EVENTS_PROLOGUE_BYTES
			  ? "too little data"
			  : event_decoder_prologue(stored, &prologue);
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
		} else if (catalog_has_table(header.type)) {
			good = load_table(c, source, offset, &header);
		} else {
			good = source_stored(source, offset, &header);
			if (good && header.type == CHUNK_WORDS)
				catalog_add_words(c, offset);
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
		} else if (entry.type == CHUNK_WORDS) {
			catalog_add_words(c, entry.offset);
		} else if (catalog_has_table(entry.type)) {
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

bool scan_load(struct catalog *c, struct source *source)
{
	struct bytes index = {0};
	uint64_t next, end_offset;

	next = load_program(c, source);
	if (!next)
		return false;
	end_offset = find_index(c, source, &index);
	if (end_offset)
		load_indexed(c, source, &index, end_offset);
	else
		walk(c, source, next);
	bytes_release(&index);
	return true;
}
