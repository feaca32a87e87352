/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "memory_words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../util/array.h"
#include "touched.h"
#include "word_filter.h"

#define PIECE_BYTES 262144u
/* Kept back until more is read, so that the end of a string is at hand when its length is seen. */
#define AHEAD_BYTES 65536u
#define BATCH_WORDS 4096u
/* What a look for touched pages is worth, in bytes read. */
#define SCAN_BYTES 65536u
#define LOOK_BYTES 1048576u
/* Ends of longer strings are read one by one; what looks like strings by the million is none. */
#define PEEKS_PER_PIECE 256u
#define MOST_FAULTS 1024u /* one after the other: nothing behind can be read either */

enum content {
	CONTENT_NONE, /* not to be read */
	CONTENT_OWN, /* what was never touched is zero */
	CONTENT_SHARED, /* memory without a file: reading what was never touched would make it */
	CONTENT_FILE, /* what was never touched is in the file */
};

struct memory_words {
	struct memory_words_source source;
	struct snapshot_range *own;
	size_t own_count;
	struct word_filter filter;
	struct touched touched, touched_originally; /* the latter is open only if another */
	int memory_fd; /* -1: not open */
	bool by_file; /* the direct way was refused */
	bool lost;
	uint64_t page_bytes, read_bytes, unread_bytes;

	size_t mapping; /* index of the current one */
	size_t next_own; /* of own, the first that ends behind `at` */
	uint64_t at; /* next address to be looked at */
	uint64_t run_stop; /* up to which all is to be read; at: no run is under way */
	unsigned faults, peeks_left;

	uint8_t *buffer; /* holds [at - filled, at) */
	size_t filled;
	uint64_t before; /* the word in front of the buffer */
	struct trace_word kept[BATCH_WORDS];
};

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

static enum content content_of(const struct trace_mapping *mapping)
{
	const char *name = mapping->name;
	bool anonymous = !*name || name[0] == '[';

	if (mapping->flags & TRACE_MAPPING_RECORDER || !(mapping->flags & TRACE_MAPPING_READ) ||
	    begins(name, "[v")) /* [vvar], [vdso], [vsyscall] */
		return CONTENT_NONE;
	if (!(mapping->flags & TRACE_MAPPING_WRITE) &&
	    (mapping->flags & TRACE_MAPPING_SHARED || !anonymous))
		return CONTENT_NONE;
	if (anonymous)
		return CONTENT_OWN;
	if (begins(name, "/dev/zero") || begins(name, "/dev/shm/") || begins(name, "/memfd:") ||
	    begins(name, "/SYSV") || begins(name, "/anon_hugepage") ||
	    begins(name, "/dev/hugepages/"))
		return CONTENT_SHARED;
	return begins(name, "/dev/") ? CONTENT_NONE : CONTENT_FILE;
}

void memory_words_mark_own(struct trace_mapping *mappings, size_t count,
			   const struct snapshot_range *own, size_t own_count)
{
	for (size_t i = 0, next = 0; i < count; i++) {
		struct trace_mapping *mapping = &mappings[i];
		uint64_t covered = mapping->start;

		while (next < own_count && own[next].end <= mapping->start)
			next++;
		for (size_t k = next; k < own_count && own[k].start <= covered; k++)
			if (own[k].end > covered)
				covered = own[k].end;
		if (covered >= mapping->end || begins(mapping->name, "/memfd:tenure"))
			mapping->flags |= TRACE_MAPPING_RECORDER;
	}
}

static void set_filter(struct memory_words *m)
{
	/* From the highest on: the table of all addresses then is made once. */
	for (size_t i = m->source.mapping_count; i-- > 0;) {
		const struct trace_mapping *mapping = &m->source.mappings[i];

		if ((mapping->flags & (TRACE_MAPPING_READ | TRACE_MAPPING_EXECUTE |
				       TRACE_MAPPING_RECORDER)) == TRACE_MAPPING_READ)
			word_filter_allow(&m->filter, mapping->start, mapping->end);
	}
	for (size_t i = 0; i < m->own_count; i++)
		word_filter_forbid(&m->filter, m->own[i].start, m->own[i].end);
}

/* Where what is to be read ends. */
static uint64_t end_of_contents(const struct memory_words_source *source)
{
	size_t i = source->mapping_count;

	while (i && content_of(&source->mappings[i - 1]) == CONTENT_NONE)
		i--;
	return i ? source->mappings[i - 1].end : 0;
}

struct memory_words *memory_words_new(const struct memory_words_source *source,
				      const struct snapshot_range *own, size_t own_count)
{
	struct memory_words *m = xcalloc(1, sizeof *m);
	uint64_t end = end_of_contents(source);

	m->source = *source;
	m->own = xcalloc(own_count + 1, sizeof *m->own);
	if (own_count)
		memcpy(m->own, own, own_count * sizeof *own);
	m->own_count = own_count;
	m->memory_fd = -1;
	m->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	m->buffer = xmalloc(PIECE_BYTES + AHEAD_BYTES);
	touched_open(&m->touched, source->memory, source->memory_tid, end);
	m->touched_originally.fd = -1;
	if (source->original != source->memory)
		touched_open(&m->touched_originally, source->original, source->original_tid, end);
	set_filter(m);
	m->at = m->run_stop = source->mapping_count ? source->mappings[0].start : 0;
	return m;
}

void memory_words_free(struct memory_words *m)
{
	touched_close(&m->touched);
	touched_close(&m->touched_originally);
	if (m->memory_fd >= 0)
		close(m->memory_fd);
	word_filter_release(&m->filter);
	free(m->own);
	free(m->buffer);
	free(m);
}

uint64_t memory_words_read_bytes(const struct memory_words *m)
{
	return m->read_bytes;
}

uint64_t memory_words_unread_bytes(const struct memory_words *m)
{
	return m->unread_bytes;
}

bool memory_words_is_lost(const struct memory_words *m)
{
	return m->lost;
}

static size_t read_by_file(struct memory_words *m, uint64_t address, void *to, size_t bytes)
{
	ssize_t got;

	if (m->memory_fd < 0)
		m->memory_fd = process_open_thread_file(m->source.memory, m->source.memory_tid,
							"mem");
	got = pread(m->memory_fd, to, bytes, (off_t)address);
	m->lost |= got == 0; /* the memory has no user any more */
	return got > 0 ? (size_t)got : 0;
}

/* Returns how much could be read up to the first page that cannot. */
static size_t read_memory(struct memory_words *m, uint64_t address, void *to, size_t bytes)
{
	struct iovec here = {to, bytes}, there = {(void *)(uintptr_t)address, bytes};
	ssize_t got;

	if (!m->by_file) {
		got = process_vm_readv(m->source.memory_tid, &here, 1, &there, 1, 0);
		if (got >= 0)
			return (size_t)got;
		m->lost |= errno == ESRCH;
		m->by_file = errno == EPERM || errno == ENOSYS;
	}
	return m->by_file ? read_by_file(m, address, to, bytes) : 0;
}

/* The first of our ranges that ends behind an address. */
static const struct snapshot_range *own_behind(struct memory_words *m, uint64_t address)
{
	while (m->next_own < m->own_count && m->own[m->next_own].end <= address)
		m->next_own++;
	return m->next_own < m->own_count ? &m->own[m->next_own] : NULL;
}

static struct touched *table_for(struct memory_words *m, enum content content)
{
	return content == CONTENT_SHARED && m->source.original != m->source.memory
		       ? &m->touched_originally
		       : &m->touched;
}

/* Next pages to read in a mapping, from an address on; *stop == *start: none up to there. */
static void find_pages(struct memory_words *m, enum content content, uint64_t at, uint64_t end,
		       uint64_t *start, uint64_t *stop)
{
	*start = at;
	*stop = end;
	if (content != CONTENT_FILE && !touched_next(table_for(m, content), at, end, start, stop)) {
		*start = at;
		*stop = end;
	}
}

/* Where the mapping that is read ends, or our part of it begins. */
static uint64_t segment_end(struct memory_words *m)
{
	const struct trace_mapping *mapping = &m->source.mappings[m->mapping];
	const struct snapshot_range *own = own_behind(m, m->at);

	return own && own->start < mapping->end ? own->start : mapping->end;
}

/* The byte at an address that is not in the buffer. */
static bool is_zero(void *context, uint64_t address)
{
	struct memory_words *m = context;
	const struct trace_mapping *mapping = &m->source.mappings[m->mapping];
	enum content content = content_of(mapping);
	uint64_t page = address - address % m->page_bytes;
	uint8_t byte = 1;

	if (address < mapping->start || address >= segment_end(m))
		return false;
	if (!m->peeks_left)
		return true; /* better keep what has no meaning */
	m->peeks_left--;
	if (content != CONTENT_FILE && !touched_page(table_for(m, content), page, m->page_bytes))
		return true;
	return read_memory(m, address, &byte, 1) == 1 && byte == 0;
}

/* Filters the buffer up to `bytes`; the rest moves to its front. */
static void filter(struct memory_words *m, size_t bytes, memory_words_take *take, void *context)
{
	struct word_piece piece = {
		.words = (const uint64_t *)(const void *)m->buffer,
		.known = m->filled / 8,
		.before = m->before,
		.address = m->at - m->filled,
		.is_zero = is_zero,
		.context = m,
	};

	m->peeks_left = PEEKS_PER_PIECE;
	for (size_t left = bytes / 8, kept; left; left -= piece.count) {
		piece.count = left < BATCH_WORDS ? left : BATCH_WORDS;
		kept = word_filter_run(&m->filter, &piece, m->kept);
		if (kept)
			take(context, m->kept, kept);
		piece.before = piece.words[piece.count - 1];
		piece.words += piece.count;
		piece.known -= piece.count;
		piece.address += piece.count * 8;
	}
	m->before = piece.before;
	m->filled -= bytes;
	memmove(m->buffer, m->buffer + bytes, m->filled);
}

static void end_buffer(struct memory_words *m, memory_words_take *take, void *context)
{
	filter(m, m->filled, take, context);
	m->before = 0;
}

/* The page at m->at cannot be read. */
static void skip_page(struct memory_words *m)
{
	uint64_t bytes = m->page_bytes;

	if (++m->faults > MOST_FAULTS)
		bytes = m->run_stop - m->at;
	m->source.mappings[m->mapping].flags |= TRACE_MAPPING_UNREAD;
	m->unread_bytes += bytes;
	m->at += bytes;
}

/* Reads on in the run, which has an end behind m->at. Returns what it cost. */
static size_t read_piece(struct memory_words *m, size_t most_bytes, memory_words_take *take,
			 void *context)
{
	size_t bytes = PIECE_BYTES + AHEAD_BYTES - m->filled, got;

	if (bytes > m->run_stop - m->at)
		bytes = m->run_stop - m->at;
	most_bytes += m->page_bytes - most_bytes % m->page_bytes;
	if (bytes > most_bytes)
		bytes = most_bytes;
	got = read_memory(m, m->at, m->buffer + m->filled, bytes) & ~(size_t)15;
	if (!got) {
		end_buffer(m, take, context);
		skip_page(m);
		return m->page_bytes;
	}
	m->faults = 0;
	m->read_bytes += got;
	m->filled += got;
	m->at += got;
	if (m->filled == PIECE_BYTES + AHEAD_BYTES)
		filter(m, PIECE_BYTES, take, context);
	return got;
}

/* Nothing more is to be read before m->at: finds what is next. Returns what it cost. */
static size_t find_run(struct memory_words *m, memory_words_take *take, void *context)
{
	const struct trace_mapping *mapping = &m->source.mappings[m->mapping];
	const struct snapshot_range *own = own_behind(m, m->at);
	enum content content = content_of(mapping);
	uint64_t start, stop;

	if (own && own->start <= m->at)
		start = stop = own->end;
	else if (content == CONTENT_NONE || m->at >= mapping->end)
		start = stop = mapping->end;
	else
		find_pages(m, content, m->at, segment_end(m), &start, &stop);
	/* One that goes on where the last one ended is the same. */
	if (start != m->at || start == stop)
		end_buffer(m, take, context);
	m->at = start;
	m->run_stop = stop;
	if (m->at >= mapping->end) {
		m->faults = 0;
		if (++m->mapping < m->source.mapping_count)
			m->at = m->run_stop = m->source.mappings[m->mapping].start;
		return 0;
	}
	return table_for(m, content)->scans ? SCAN_BYTES : LOOK_BYTES;
}

bool memory_words_read(struct memory_words *m, size_t most_bytes, memory_words_take *take,
		       void *context)
{
	size_t spent = 0;

	while (m->mapping < m->source.mapping_count && !m->lost && spent < most_bytes) {
		if (m->at < m->run_stop)
			spent += read_piece(m, most_bytes - spent, take, context);
		else
			spent += find_run(m, take, context);
	}
	return m->mapping == m->source.mapping_count || m->lost;
}
