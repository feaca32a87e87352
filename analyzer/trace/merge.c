/* SPDX-License-Identifier: MIT */
#include "merge.h"

#include <stdlib.h>

#include "../util/array.h"

/* Chunks open at the same time may unpack to this, and to so many times the size of the file. */
#define DECODED_BYTES_BASE (64u << 20)
#define DECODED_BYTES_PER_FILE_BYTE 128u

/* Among equal stamps, the highest bits of a head. */
enum rank {
	RANK_CHUNK, /* to be opened, whatever is in it */
	RANK_LEAVES_LIVE_SET,
	RANK_ENTERS_LIVE_SET
};
#define RANK_SHIFT 62
#define THREAD_SHIFT 32
#define NO_HEAD (~(merge_head)0)

_Static_assert(THREAD_ID_MAX < 1u << (RANK_SHIFT - THREAD_SHIFT), "the parts of a head");

static enum rank rank_of(uint8_t kind)
{
	switch (kind) {
	case EVENT_FREE:
	case EVENT_REALLOC_BEGIN:
	case EVENT_UNMAP:
	case EVENT_REMAP_BEGIN:
	case EVENT_ARENA_END:
		return RANK_LEAVES_LIVE_SET;
	default:
		return RANK_ENTERS_LIVE_SET;
	}
}

static merge_head make_head(uint64_t stamp, enum rank rank, thread_id thread, uint32_t stream)
{
	uint64_t order = (uint64_t)rank << RANK_SHIFT | (uint64_t)thread << THREAD_SHIFT | stream;

	return (merge_head)stamp << 64 | order;
}

static merge_head event_head(const struct trace_event *event, uint32_t stream)
{
	return make_head(event->stamp, rank_of(event->kind), event->thread, stream);
}

static uint64_t stamp_of(merge_head head)
{
	return (uint64_t)(head >> 64);
}

static enum rank rank_in(merge_head head)
{
	return (uint64_t)head >> RANK_SHIFT;
}

static uint32_t stream_in(merge_head head)
{
	return (uint32_t)head;
}

/* Puts a head in its place at or below a position that is free. */
static void sift_down(struct merge *m, size_t at, merge_head moved)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= m->heap_count)
			break;
		child += m->heap[child + 1] < m->heap[child]; /* behind the last is NO_HEAD */
		if (moved <= m->heap[child])
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	m->heap[at] = moved;
}

static void close_chunk(struct merge *m, struct merge_stream *stream)
{
	m->decoded_bytes -= stream->capacity * sizeof *stream->events;
	if (stream->capacity > m->spare_capacity) {
		free(m->spare);
		m->spare = stream->events;
		m->spare_capacity = stream->capacity;
	} else {
		free(stream->events);
	}
	stream->events = NULL;
	stream->position = stream->count = stream->capacity = 0;
}

static bool make_room(struct merge *m, struct merge_stream *stream, uint32_t count, uint64_t offset)
{
	uint64_t limit = DECODED_BYTES_BASE;

	if (__builtin_add_overflow(limit, m->source->file_bytes * DECODED_BYTES_PER_FILE_BYTE,
				   &limit))
		limit = UINT64_MAX;
	/* A buffer far too large would be held for as long as a quiet thread's chunk lasts. */
	if (m->spare_capacity >= count && m->spare_capacity / 2 <= count) {
		stream->events = m->spare;
		stream->capacity = m->spare_capacity;
		m->spare = NULL;
		m->spare_capacity = 0;
	} else {
		stream->events = xmalloc(count * sizeof *stream->events);
		stream->capacity = count;
	}
	m->decoded_bytes += stream->capacity * sizeof *stream->events;
	if (m->decoded_bytes > limit)
		return source_fail(m->source, offset,
				   "event chunks unpack to more than a file of this size has");
	return true;
}

static bool same_prologue(const struct event_prologue *a, const struct event_prologue *b)
{
	return a->thread == b->thread && a->count == b->count && a->first_stamp == b->first_stamp &&
	       a->last_stamp == b->last_stamp;
}

static bool open_chunk(struct merge *m, struct merge_stream *stream)
{
	const struct catalog_events *chunk = &m->catalog->events[stream->next - 1];
	struct event_prologue prologue;
	struct chunk_header header;
	const uint8_t *payload;
	const char *problem;

	if (!source_header(m->source, chunk->offset, &header))
		return false;
	if (header.type != CHUNK_EVENTS)
		return source_fail(m->source, chunk->offset, "index names another chunk type");
	payload = source_payload(m->source, chunk->offset, &header);
	if (!payload)
		return false;
	problem = event_decoder_prologue(payload, &prologue);
	if (!problem && !same_prologue(&prologue, &chunk->prologue))
		problem = "contradiction to the index";
	if (!problem) {
		if (!make_room(m, stream, prologue.count, chunk->offset))
			return false;
		problem = event_decoder_run(m->decoder, payload, header.raw_bytes, &prologue,
					    m->catalog->stacks.count, stream->events);
	}
	if (problem)
		return source_fail(m->source, chunk->offset, "%s in event chunk", problem);
	stream->position = 0;
	stream->count = prologue.count;
	stream->next = chunk->next;
	return true;
}

/* What comes next in a stream; NO_HEAD if it has ended. */
static merge_head next_head(struct merge *m, uint32_t index)
{
	struct merge_stream *stream = &m->streams[index];
	const struct event_prologue *chunk;

	if (stream->position < stream->count)
		return event_head(&stream->events[stream->position], index);
	if (stream->events)
		close_chunk(m, stream);
	if (!stream->next)
		return NO_HEAD;
	chunk = &m->catalog->events[stream->next - 1].prologue;
	return make_head(chunk->first_stamp, RANK_CHUNK, chunk->thread, index);
}

static void replace_top(struct merge *m, merge_head head)
{
	if (head == NO_HEAD) {
		head = m->heap[--m->heap_count];
		m->heap[m->heap_count] = NO_HEAD;
	}
	if (m->heap_count)
		sift_down(m, 0, head);
}

/* Opens chunks until the first head is an event. Returns false at the end or at damage. */
static bool settle_top(struct merge *m)
{
	while (m->heap_count && rank_in(*m->heap) == RANK_CHUNK) {
		uint32_t index = stream_in(*m->heap);

		if (!open_chunk(m, &m->streams[index])) {
			m->heap_count = 0;
			return false;
		}
		replace_top(m, next_head(m, index));
	}
	return m->heap_count > 0;
}

/* The head that would come first if the first stream were not there. */
static merge_head second_head(const struct merge *m)
{
	if (m->heap_count < 2)
		return NO_HEAD;
	return m->heap[2] < m->heap[1] ? m->heap[2] : m->heap[1];
}

size_t merge_batch(struct merge *m, struct trace_event *events, size_t room)
{
	size_t count = 0;

	while (count < room && settle_top(m)) {
		uint32_t index = stream_in(*m->heap);
		struct merge_stream *stream = &m->streams[index];
		const struct trace_event *from = stream->events + stream->position;
		const struct trace_event *end = stream->events + stream->count;
		merge_head other = second_head(m);

		/* A run of one stream: nothing moves in the heap as long as it stays ahead. */
		do
			events[count++] = *from++;
		while (count < room && from < end &&
		       (from->stamp < stamp_of(other) || event_head(from, index) < other));
		stream->position = (uint32_t)(from - stream->events);
		replace_top(m, next_head(m, index));
	}
	return count;
}

static void close_all(struct merge *m)
{
	for (size_t i = 0; i < m->catalog->thread_count; i++) {
		if (m->streams[i].events)
			close_chunk(m, &m->streams[i]);
	}
}

void merge_rewind(struct merge *m)
{
	close_all(m);
	m->heap_count = 0;
	for (uint32_t i = 0; i < m->catalog->thread_count; i++) {
		merge_head head;

		m->streams[i].next = m->catalog->streams[i].first;
		head = next_head(m, i);
		if (head != NO_HEAD)
			m->heap[m->heap_count++] = head;
	}
	m->heap[m->heap_count] = NO_HEAD;
	for (size_t i = m->heap_count / 2; i-- > 0;)
		sift_down(m, i, m->heap[i]);
}

void merge_init(struct merge *m, const struct catalog *catalog, struct source *source)
{
	*m = (struct merge){
		.catalog = catalog,
		.source = source,
		.decoder = event_decoder_new(),
		.streams = xcalloc(catalog->thread_count, sizeof *m->streams),
		.heap = xcalloc(catalog->thread_count + 1, sizeof *m->heap),
	};
	merge_rewind(m);
}

void merge_release(struct merge *m)
{
	close_all(m);
	free(m->spare);
	free(m->streams);
	free(m->heap);
	event_decoder_free(m->decoder);
}
