/* SPDX-License-Identifier: MIT */
/*
 * memory_words.h - reads the memory of a process and keeps the words that may tell who holds what.
 *
 * Which mappings are read: readable ones that are writable, or private and anonymous. Not read are
 * devices (whose memory may act when it is read), what the kernel maps, and the recorder's own. Of
 * what is read, pages that were never touched are skipped without touching them: a reservation of
 * terabytes and the unused part of stacks cost nothing, and the process grows by nothing. Reading
 * never blocks on the process itself.
 *
 * Which words are kept, each aligned to its size:
 *	- addresses in a mapping that is readable and not executable (a block, a vtable);
 *	- length and capacity at a, a multiple of 16, if 0 < capacity < 2^32, length <= capacity, the
 *	  int32 at a + 16 is in [-1, 2^20), and the byte at a + 24 + length is 0: the reference-counted
 *	  std::string of libstdc++ before C++11 (bits/cow_string.h);
 *	- w at a, a multiple of 16, if 0 < w < 2^40 and the word at a - 8 without its 3 low bits is h
 *	  with h - 24 < w + 8 <= h - 8: a length in front of the data that fills a block of glibc's
 *	  malloc (whose chunks have their size there, malloc/malloc.c).
 */
#ifndef TENURE_MEMORY_WORDS_H
#define TENURE_MEMORY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"
#include "process.h"

/* A range of addresses. */
struct snapshot_range {
	uint64_t start, end;
};

/* What becomes of words: ascending addresses, within one reading and from one call to the next. */
typedef void memory_words_take(void *context, const struct trace_word *words, size_t count);

struct memory_words;

struct memory_words_source {
	const struct process *memory; /* what is read: the process or a copy of it */
	int32_t memory_tid; /* a thread of it that has its memory */
	/* Where it is to be seen which pages of shared mappings were touched: a copy does not know. */
	const struct process *original;
	int32_t original_tid;
	struct trace_mapping *mappings; /* ascending; gain TRACE_MAPPING_UNREAD. Not ours */
	size_t mapping_count;
};

/* Sets TRACE_MAPPING_RECORDER for mappings that lie wholly in `own`, or are the recorder's by name.
 * Of a mapping that is partly the recorder's the rest is read. */
void memory_words_mark_own(struct trace_mapping *mappings, size_t count,
			   const struct snapshot_range *own, size_t own_count);

/* own: as in snapshot.h, copied. What source refers to must stay. */
struct memory_words *memory_words_new(const struct memory_words_source *source,
				      const struct snapshot_range *own, size_t own_count);
void memory_words_free(struct memory_words *m);

/* Reads at most so many bytes, and not much more than that takes if all is untouched. True at the
 * end. */
bool memory_words_read(struct memory_words *m, size_t most_bytes, memory_words_take *take,
		       void *context);

/* The process that was read is gone, and so is the rest of its memory. */
bool memory_words_is_lost(const struct memory_words *m);

/* Of those read so far. Unread: pages that could not be read, though there are some. */
uint64_t memory_words_read_bytes(const struct memory_words *m);
uint64_t memory_words_unread_bytes(const struct memory_words *m);

#endif
