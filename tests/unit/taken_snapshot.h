/* SPDX-License-Identifier: MIT */
/*
 * taken_snapshot.h - a snapshot of a program of the test, written into a trace and read back.
 */
#ifndef TENURE_TAKEN_SNAPSHOT_H
#define TENURE_TAKEN_SNAPSHOT_H

#include "analyzer/record/snapshot.h"
#include "analyzer/record/touched.h"

#include "frozen_program.h"
#include "trace_fixture.h"

static struct writer *snapshot_writer;
static struct reader *snapshot_reader;
static const struct trace_snapshot *taken;
static struct trace_word *words;
static size_t word_count;

static inline struct snapshot *begin_snapshot(const struct snapshot_request *request)
{
	struct snapshot *s;

	make_folder();
	snapshot_writer = start();
	s = snapshot_new(&program, CLOCK_STAMP_NS, snapshot_writer, request);
	ck_assert_ptr_nonnull(s);
	return s;
}

static inline void end_snapshot(struct snapshot *s)
{
	const struct trace_word *batch;
	struct reader_words *all;
	size_t count;

	while (!snapshot_step(s))
		;
	ck_assert(snapshot_is_written(s));
	snapshot_free(s);
	finish(snapshot_writer);
	snapshot_reader = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(snapshot_reader), 1);
	taken = reader_snapshot(snapshot_reader, 0);
	words = calloc(taken->word_count + 1, sizeof *words);
	word_count = 0;
	all = reader_words_new(snapshot_reader, 0);
	while ((count = reader_words_next(all, &batch))) {
		memcpy(words + word_count, batch, count * sizeof *words);
		word_count += count;
	}
	ck_assert(reader_words_complete(all));
	reader_words_free(all);
	ck_assert_uint_eq(word_count, taken->word_count);
}

static inline void forget_snapshot(void)
{
	free(words);
	if (snapshot_reader)
		reader_free(snapshot_reader);
	words = NULL;
	snapshot_reader = NULL;
	remove_folder();
}

/* The word kept at an address, 0: none. */
static inline uint64_t word_at(uint64_t address)
{
	size_t low = 0, high = word_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (words[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < word_count && words[low].address == address ? words[low].value : 0;
}

static inline const struct trace_mapping *mapping_of(uint64_t address)
{
	for (uint32_t i = 0; i < taken->mapping_count; i++)
		if (address >= taken->mappings[i].start && address < taken->mappings[i].end)
			return &taken->mappings[i];
	ck_abort_msg("no mapping at %#lx", (unsigned long)address);
	return NULL;
}

static inline const struct trace_frozen *thread_of(int32_t tid)
{
	for (uint32_t i = 0; i < taken->thread_count; i++)
		if (taken->threads[i].tid == tid)
			return &taken->threads[i];
	ck_abort_msg("no thread %d", (int)tid);
	return NULL;
}

#endif
