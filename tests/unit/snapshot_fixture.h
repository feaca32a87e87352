/* SPDX-License-Identifier: MIT */
/*
 * snapshot_fixture.h - words and a snapshot that say what they are, for tests of traces; and what
 * must hold of every snapshot that a reader gives out, whatever the file says.
 */
#ifndef TENURE_SNAPSHOT_FIXTURE_H
#define TENURE_SNAPSHOT_FIXTURE_H

#include "trace_fixture.h"

#define SNAPSHOT_HEAP 0x555500000000ull

static const struct trace_mapping fixture_mappings[] = {
	{0x10000, 0x20000, TRACE_MAPPING_READ | TRACE_MAPPING_EXECUTE, "/bin/x"},
	{0x20000, 0x21000, TRACE_MAPPING_READ | TRACE_MAPPING_SHARED, "/bin/x"},
	{SNAPSHOT_HEAP, SNAPSHOT_HEAP + (1ull << 30), TRACE_MAPPING_WRITE, "[heap]"},
	{0xffffffffff600000, UINT64_MAX, TRACE_MAPPING_UNREAD, ""},
};

static const uint64_t fixture_registers[] = {1, 2, UINT64_MAX, SNAPSHOT_HEAP, 0};

static const struct trace_frozen fixture_threads[] = {
	{11, TRACE_FROZEN_STOPPED, 0x7ffff0, 0x7f0000, 0x401002, 0, 3},
	{12, 0, 0, 0, 0, 3, 0},
	{INT32_MAX, TRACE_FROZEN_ASKED | TRACE_FROZEN_EMPTY, UINT64_MAX, 1, 0, 3, 2},
};

static const struct trace_kernel_root fixture_roots[] = {
	{TRACE_ROOT_EPOLL, SNAPSHOT_HEAP + 16},
	{TRACE_ROOT_TIMER, UINT64_MAX},
	{UINT32_MAX, 0},
};

static const struct trace_object_name fixture_names[] = {
	{SNAPSHOT_HEAP + 64, TRACE_NAME_CLASS, "Session", 48, 8, 1u << 14, 0, 0},
	{SNAPSHOT_HEAP + 64, UINT32_MAX, "", UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
	 UINT32_MAX},
	{UINT64_MAX, TRACE_NAME_STRING, "a name\xff", 0, 0, 0, 0, 0},
};

static const struct trace_snapshot fixture_snapshot = {
	.cause = TRACE_SNAPSHOT_REQUEST,
	.flags = TRACE_SNAPSHOT_COPY | TRACE_SNAPSHOT_NO_KERNEL_ROOTS,
	.stamp = 60,
	.monotonic_ns = 1ull << 50,
	.pause_ns = 2000000,
	.read_bytes = 1ull << 33,
	.unread_bytes = 4096,
	.mappings = fixture_mappings,
	.mapping_count = 4,
	.threads = fixture_threads,
	.thread_count = 3,
	.registers = fixture_registers,
	.register_count = 5,
	.kernel_roots = fixture_roots,
	.kernel_root_count = 3,
	.names = fixture_names,
	.name_count = 3,
	.collector = {1,
		      1,
		      {{700, 1u << 20, 3ull << 40, 0},
		       {10, 5, 6, 7},
		       {UINT32_MAX, 0, 0, UINT64_MAX}}},
};

/* The i-th word of a snapshot: some near, some again and again, some far, some far off. */
static inline struct trace_word fixture_word(uint64_t i)
{
	uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15ull;
	struct trace_word word = {.address = SNAPSHOT_HEAP + i * 24 + i % 3 * 8};

	switch (mixed >> 60) {
	case 0 ... 4:
		word.value = word.address + (mixed >> 40 & 0xffff) - 0x8000;
		break;
	case 5 ... 9:
		word.value = 0x10000 + (mixed >> 50 & 7);
		break;
	case 10 ... 13:
		word.value = SNAPSHOT_HEAP + (mixed >> 20 & 0x3ffffff0);
		break;
	case 14:
		word.value = i % 7; /* a length in front of a string */
		break;
	default:
		word.value = mixed;
		break;
	}
	return word;
}

/* Puts words in calls of many sizes. */
static inline void put_words(struct writer *w, uint64_t count)
{
	struct trace_word words[700];
	uint64_t i = 0;

	while (i < count) {
		size_t some = 0;

		while (i < count && some < 1 + i % 700)
			words[some++] = fixture_word(i++);
		writer_snapshot_words(w, words, some);
	}
}

static inline void write_snapshot(struct writer *w, uint64_t words)
{
	writer_snapshot_begin(w);
	put_words(w, words);
	writer_snapshot_end(w, &fixture_snapshot);
}

/* Reads the words of a snapshot, which must be as fixture_word made them. Returns their number. */
static inline uint64_t read_words(struct reader *r, uint32_t position)
{
	struct reader_words *cursor = reader_words_new(r, position);
	const struct trace_word *batch;
	uint64_t count = 0;
	size_t some;

	ck_assert_ptr_nonnull(cursor);
	while ((some = reader_words_next(cursor, &batch))) {
		for (size_t i = 0; i < some; i++) {
			struct trace_word wanted = fixture_word(count + i);

			REQUIRE(batch[i].address == wanted.address);
			REQUIRE(batch[i].value == wanted.value);
		}
		count += some;
	}
	REQUIRE(reader_words_complete(cursor) ==
		(count == reader_snapshot(r, position)->word_count));
	REQUIRE(reader_words_next(cursor, &batch) == 0);
	reader_words_free(cursor);
	return count;
}

static inline void expect_sound_words(struct reader *r, uint32_t position)
{
	const struct trace_snapshot *snapshot = reader_snapshot(r, position);
	struct reader_words *cursor = reader_words_new(r, position);
	const struct trace_word *batch;
	uint64_t last = 0, count = 0;
	size_t some;

	while ((some = reader_words_next(cursor, &batch))) {
		for (size_t i = 0; i < some; i++) {
			REQUIRE(batch[i].address > last && batch[i].address % 8 == 0);
			last = batch[i].address;
		}
		count += some;
	}
	REQUIRE(reader_words_complete(cursor) == (count == snapshot->word_count));
	REQUIRE(reader_words_complete(cursor) || reader_damage(r));
	reader_words_free(cursor);
}

/* What holds of the snapshots of any file. */
static inline void expect_sound_snapshots(struct reader *r)
{
	uint32_t number = 0;

	for (uint32_t position = 0; position < reader_snapshot_count(r); position++) {
		const struct trace_snapshot *snapshot = reader_snapshot(r, position);
		uint64_t end = 0;

		REQUIRE(snapshot->number > number);
		number = snapshot->number;
		for (uint32_t i = 0; i < snapshot->mapping_count; i++) {
			const struct trace_mapping *mapping = &snapshot->mappings[i];

			REQUIRE(mapping->start >= end && mapping->end > mapping->start);
			REQUIRE(strlen(mapping->name) < 65537);
			end = mapping->end;
		}
		for (uint32_t i = 0; i < snapshot->thread_count; i++) {
			const struct trace_frozen *thread = &snapshot->threads[i];

			REQUIRE((uint64_t)thread->first_register + thread->register_count <=
				snapshot->register_count);
		}
		for (uint32_t i = 0; i < snapshot->name_count; i++) {
			REQUIRE(!i || snapshot->names[i].address >= snapshot->names[i - 1].address);
			REQUIRE(strlen(snapshot->names[i].text) < 65537);
		}
		expect_sound_words(r, position);
	}
}

#endif
