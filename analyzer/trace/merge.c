/* SPDX-License-Identifier: MIT */
#include "merge.h"

#include <stdlib.h>

#include "../util/array.h"

/* Chunks open at the same time may unpack to this, and to so many times the size of the file. */
#define DECODED_BYTES_BASE (64u << 20)
#define DECODED_BYTES_PER_FILE_BYTE 128u

static bool enters_live_set(uint8_t kind)
{
	switch (kind) {
	case EVENT_FREE:
	case EVENT_REALLOC_BEGIN:
	case EVENT_UNMAP:
	case EVENT_REMAP_BEGIN:
		return false;
	default:
		return true;
	}
}

static void set_head(struct merge_head *head, const struct trace_event *event)
{
	head->stamp = event->stamp;
	head->order = (uint64_t)(1 + enters_live_set(event->kind)) << 32 | event->thread;
}

static bool before(const struct merge_head *a, const struct merge_head *b)
{
	return a->stamp < b->stamp || (a->stamp == b->stamp && a->order < b->order);
}

static void sift_down(struct merge *m, size_t at)
{
	struct merge_head moved = m->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= m->heap_count)
			break;
		if (child + 1 < m->heap_count && before(&m->heap[child + 1], &m->heap[child]))
			child++;
		if (!before(&m->heap[child], &moved))
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

/* Points a head at what comes next in its stream. Returns false if that has ended. */
static bool advance(struct merge *m, struct merge_head *head)
{
	struct merge_stream *stream = &m->streams[head->stream];

	if (stream->position < stream->count) {
		set_head(head, &stream->events[stream->position]);
		return true;
	}
	if (stream->events)
		close_chunk(m, stream);
	if (!stream->next)
		return false;
	head->stamp = m->catalog->events[stream->next - 1].prologue.first_stamp;
	head->order = 0;
	return true;
}

/* Opens chunks until the first head is an event. Returns false at the end or at damage. */
static bool settle_top(struct merge *m)
{
	struct merge_head *top = m->heap;

	while (m->heap_count && !top->order) {
		if (!open_chunk(m, &m->streams[top->stream])) {
			m->heap_count = 0;
			return false;
		}
		advance(m, top);
		sift_down(m, 0);
	}
	return m->heap_count > 0;
}

/* The head that would come first if the first stream were not there. */
static struct merge_head second_head(const struct merge *m)
{
	static const struct merge_head none = {.stamp = UINT64_MAX, .order = UINT64_MAX};

	if (m->heap_count < 2)
		return none;
	if (m->heap_count > 2 && before(&m->heap[2], &m->heap[1]))
		return m->heap[2];
	return m->heap[1];
}

static bool event_before(const struct trace_event *event, const struct merge_head *other)
{
	struct merge_head head;

	if (event->stamp != other->stamp)
		return event->stamp < other->stamp;
	set_head(&head, event);
	return before(&head, other);
}

size_t merge_batch(struct merge *m, struct trace_event *events, size_t room)
{
	size_t count = 0;

	while (count < room && settle_top(m)) {
		struct merge_stream *stream = &m->streams[m->heap->stream];
		struct merge_head other = second_head(m);

		/* A run of one stream: nothing moves in the heap as long as it stays ahead. */
		do
			events[count++] = stream->events[stream->position++];
		while (count < room && stream->position < stream->count &&
		       event_before(&stream->events[stream->position], &other));
		if (!advance(m, m->heap))
			*m->heap = m->heap[--m->heap_count];
		sift_down(m, 0);
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
	for (size_t i = 0; i < m->catalog->thread_count; i++) {
		struct merge_head *head = &m->heap[m->heap_count];

		m->streams[i].next = m->catalog->streams[i].first;
		head->stream = (uint32_t)i;
		if (advance(m, head))
			m->heap_count++;
	}
	for (size_t i = m->heap_count / 2; i-- > 0;)
		sift_down(m, i);
}

void merge_init(struct merge *m, const struct catalog *catalog, struct source *source)
{
	*m = (struct merge){
		.catalog = catalog,
		.source = source,
		.decoder = event_decoder_new(),
		.streams = xcalloc(catalog->thread_count, sizeof *m->streams),
		.heap = xcalloc(catalog->thread_count, sizeof *m->heap),
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
