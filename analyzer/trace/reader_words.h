/* SPDX-License-Identifier: MIT */
/*
 * reader_words.h - what reader.h says of reader_words, from the inside. Private to analyzer/trace.
 *
 * Words are read through a view of the source: a thread that reads events ahead is not disturbed.
 */
#ifndef TENURE_READER_WORDS_H
#define TENURE_READER_WORDS_H

#include "catalog.h"
#include "reader.h"
#include "source.h"

/* Of the words of a trace, the first that was met. */
struct reader_words_damage {
	bool met;
	struct trace_error error;
};

/* chunks are the offsets of the snapshot's chunks. All must outlive the result. */
struct reader_words *reader_words_open(const struct catalog_snapshot *snapshot,
				       const uint64_t *chunks, const struct source *source,
				       struct reader_words_damage *damage);

#endif
