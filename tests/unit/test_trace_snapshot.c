/* SPDX-License-Identifier: MIT */
/*
 * test_trace_snapshot.c - the words and records of snapshots come back; what was given up or cut
 * off is never seen.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "analyzer/trace/chunk.h"
#include "snapshot_fixture.h"
#include "suite.h"

static void expect_lists(const struct trace_snapshot *got)
{
	ck_assert_uint_eq(got->mapping_count, 4);
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(got->mappings[i].start, fixture_mappings[i].start);
		ck_assert_uint_eq(got->mappings[i].end, fixture_mappings[i].end);
		ck_assert_uint_eq(got->mappings[i].flags, fixture_mappings[i].flags);
		ck_assert_str_eq(got->mappings[i].name, fixture_mappings[i].name);
	}
	ck_assert_uint_eq(got->thread_count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(got->threads[i].tid, fixture_threads[i].tid);
		ck_assert_uint_eq(got->threads[i].flags, fixture_threads[i].flags);
		ck_assert_uint_eq(got->threads[i].stack_pointer, fixture_threads[i].stack_pointer);
		ck_assert_uint_eq(got->threads[i].thread_pointer,
				  fixture_threads[i].thread_pointer);
		ck_assert_uint_eq(got->threads[i].call_address, fixture_threads[i].call_address);
		ck_assert_uint_eq(got->threads[i].first_register,
				  fixture_threads[i].first_register);
		ck_assert_uint_eq(got->threads[i].register_count,
				  fixture_threads[i].register_count);
	}
	ck_assert_uint_eq(got->register_count, 5);
	ck_assert_mem_eq(got->registers, fixture_registers, sizeof fixture_registers);
	ck_assert_uint_eq(got->kernel_root_count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(got->kernel_roots[i].kind, fixture_roots[i].kind);
		ck_assert_uint_eq(got->kernel_roots[i].value, fixture_roots[i].value);
	}
	ck_assert_uint_eq(got->name_count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(got->names[i].address, fixture_names[i].address);
		ck_assert_uint_eq(got->names[i].kind, fixture_names[i].kind);
		ck_assert_str_eq(got->names[i].text, fixture_names[i].text);
		ck_assert_uint_eq(got->names[i].basic_bytes, fixture_names[i].basic_bytes);
		ck_assert_uint_eq(got->names[i].item_bytes, fixture_names[i].item_bytes);
		ck_assert_uint_eq(got->names[i].flags, fixture_names[i].flags);
	}
	ck_assert_mem_eq(&got->collector, &fixture_snapshot.collector, sizeof got->collector);
}

START_TEST(records_come_back)
{
	struct writer *w = start();
	const struct trace_snapshot *got;
	struct reader *r;

	write_snapshot(w, 10);
	finish(w);
	r = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(r), 1);
	ck_assert_ptr_null(reader_snapshot(r, 1));
	ck_assert_ptr_null(reader_words_new(r, 1));
	got = reader_snapshot(r, 0);
	ck_assert_uint_eq(got->number, 1);
	ck_assert_uint_eq(got->cause, TRACE_SNAPSHOT_REQUEST);
	ck_assert_uint_eq(got->flags, fixture_snapshot.flags);
	ck_assert_uint_eq(got->stamp, 60);
	ck_assert_uint_eq(got->monotonic_ns, 1ull << 50);
	ck_assert_uint_eq(got->pause_ns, 2000000);
	ck_assert_uint_eq(got->read_bytes, 1ull << 33);
	ck_assert_uint_eq(got->unread_bytes, 4096);
	ck_assert_uint_eq(got->word_count, 10);
	expect_lists(got);
	ck_assert_uint_eq(read_words(r, 0), 10);
	expect_whole(r);
	reader_free(r);
}
END_TEST

START_TEST(nothing_at_all_comes_back)
{
	struct writer *w = start();
	struct reader *r;

	writer_snapshot_begin(w);
	writer_snapshot_end(w, &(struct trace_snapshot){.number = 77, .word_count = 99});
	finish(w);
	r = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(r), 1);
	ck_assert_uint_eq(reader_snapshot(r, 0)->number, 1);
	ck_assert_uint_eq(reader_snapshot(r, 0)->word_count, 0);
	ck_assert_uint_eq(reader_snapshot(r, 0)->mapping_count, 0);
	ck_assert_uint_eq(read_words(r, 0), 0);
	expect_whole(r);
	reader_free(r);
}
END_TEST

static const uint64_t word_counts[] = {1, 2, 65535, 65536, 65537, 131072, 300001};

START_TEST(words_come_back)
{
	struct writer *w = start();
	struct reader *r;

	write_snapshot(w, word_counts[_i]);
	finish(w);
	r = open_trace();
	ck_assert_uint_eq(reader_snapshot(r, 0)->word_count, word_counts[_i]);
	ck_assert_uint_eq(read_words(r, 0), word_counts[_i]);
	expect_whole(r);
	reader_free(r);
}
END_TEST

/* Values and addresses at the ends of what there is, and more regions than are kept. */
START_TEST(extreme_words_come_back)
{
	enum { COUNT = 5000 };
	static struct trace_word words[COUNT];
	struct writer *w = start();
	struct reader_words *cursor;
	const struct trace_word *got;
	struct reader *r;

	for (uint64_t i = 0; i < COUNT; i++)
		words[i] = (struct trace_word){8 + i * 0x3000000000008, i % 700 << 40 | i};
	words[COUNT - 1] = (struct trace_word){UINT64_MAX - 7, UINT64_MAX};
	words[COUNT - 2].value = 0; /* as slots are before anything is in them */
	words[COUNT - 3].value = words[COUNT - 3].address + 0x7fff; /* as far as near goes */
	words[COUNT - 4].value = words[COUNT - 4].address + 0x8000;
	words[COUNT - 5].value = words[COUNT - 5].address - 0x8000;
	words[COUNT - 6].value = words[COUNT - 6].address - 0x8001;
	writer_snapshot_begin(w);
	writer_snapshot_words(w, words, COUNT);
	writer_snapshot_end(w, &fixture_snapshot);
	finish(w);
	r = open_trace();
	cursor = reader_words_new(r, 0);
	ck_assert_uint_eq(reader_words_next(cursor, &got), COUNT);
	for (int i = 0; i < COUNT; i++) {
		REQUIRE(got[i].address == words[i].address);
		REQUIRE(got[i].value == words[i].value);
	}
	ck_assert(reader_words_complete(cursor));
	reader_words_free(cursor);
	expect_whole(r);
	reader_free(r);
}
END_TEST

/* A snapshot is in the file when it ends, with the events before it; words alone are nothing. */
START_TEST(ended_snapshots_are_seen_at_once)
{
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;

	put(w, 1, 1, EVENT_ALLOC, 16, 1);
	writer_snapshot_begin(w);
	put_words(w, 70000);
	r = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(r), 0);
	ck_assert(!reader_next(r, &event));
	ck_assert_ptr_null(reader_damage(r));
	reader_free(r);

	writer_snapshot_end(w, &fixture_snapshot);
	r = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(r), 1);
	ck_assert_uint_eq(read_words(r, 0), 70000);
	ck_assert(reader_next(r, &event));
	ck_assert(!reader_next(r, &event));
	ck_assert_ptr_null(reader_damage(r));
	reader_free(r);
	finish(w);
}
END_TEST

/* Three that end and three that do not, among events and tables. */
START_TEST(several_are_kept_apart)
{
	static const uint64_t counts[] = {200000, 0, 100};
	struct writer *w = start();
	struct reader *r;
	struct trace_event event;
	uint64_t stamp = 0, events = 0;

	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(writer_snapshot_begin(w), 2 * i + 1);
		put_words(w, 70000 + i);
		if (i == 1)
			writer_snapshot_abandon(w);
		ck_assert_uint_eq(writer_snapshot_begin(w), 2 * i + 2);
		put_words(w, counts[i] / 2);
		for (int k = 0; k < 20000; k++)
			put(w, 1, ++stamp, EVENT_ALLOC, 16, 8);
		writer_module(w, &(struct trace_module){.path = "m"});
		writer_flush(w);
		for (uint64_t k = counts[i] / 2; k < counts[i]; k++) {
			struct trace_word word = fixture_word(k);

			writer_snapshot_words(w, &word, 1);
		}
		writer_snapshot_end(w, &fixture_snapshot);
	}
	writer_snapshot_begin(w);
	put_words(w, 70000);
	finish(w);

	/* By the index, then without it. */
	for (int walked = 0; walked < 2; walked++) {
		r = open_trace();
		ck_assert_uint_eq(reader_snapshot_count(r), 3);
		for (uint32_t i = 0; i < 3; i++) {
			ck_assert_uint_eq(reader_snapshot(r, i)->number, 2 * i + 2);
			ck_assert_uint_eq(read_words(r, i), counts[i]);
			expect_lists(reader_snapshot(r, i));
		}
		ck_assert_ptr_null(reader_damage(r));
		ck_assert_int_eq(truncate(path, (off_t)(reader_file_bytes(r) - END_CHUNK_BYTES)),
				 0);
		reader_free(r);
	}
	r = open_trace();
	while (reader_next(r, &event))
		REQUIRE(event.stamp == ++events);
	ck_assert_uint_eq(events, 60000);
	reader_free(r);
}
END_TEST

/* Words of two snapshots and events in turns, while a thread reads the events ahead. */
START_TEST(cursors_do_not_disturb_each_other)
{
	enum { EVENTS = 300000, WORDS = 400000 };
	struct reader_words *cursors[2];
	uint64_t words[2] = {0, 0}, events = 0;
	const struct trace_event *event_batch;
	struct writer *w = start();
	struct reader *r;
	size_t some;

	for (uint64_t i = 1; i <= EVENTS; i++)
		put(w, 1, i, EVENT_ALLOC, 16 * i, 8);
	write_snapshot(w, WORDS);
	write_snapshot(w, WORDS);
	finish(w);
	r = open_trace();
	reader_use_threads(r, true);
	cursors[0] = reader_words_new(r, 0);
	cursors[1] = reader_words_new(r, 1);
	for (bool more = true; more;) {
		more = (some = reader_batch(r, &event_batch));
		for (size_t i = 0; i < some; i++)
			REQUIRE(event_batch[i].stamp == ++events);
		for (int k = 0; k < 2; k++) {
			const struct trace_word *batch;
			size_t count = reader_words_next(cursors[k], &batch);

			more |= count;
			for (size_t i = 0; i < count; i++)
				REQUIRE(batch[i].value == fixture_word(words[k]++).value);
		}
		if (events == EVENTS && words[0] < WORDS) {
			reader_rewind(r);
			events = 0;
		}
	}
	for (int k = 0; k < 2; k++) {
		ck_assert(reader_words_complete(cursors[k]));
		reader_words_free(cursors[k]);
	}
	ck_assert_uint_eq(events, EVENTS);
	expect_whole(r);
	reader_free(r);
}
END_TEST

/* Registers by the million, as thousands of threads have them: more than a chunk may hold. */
enum { THREADS = 4000, REGISTERS = 500 }; /* 20 MB as varints */
static uint64_t registers[THREADS * REGISTERS];

static void write_long_snapshot(struct writer *w)
{
	static struct trace_frozen threads[THREADS];
	struct trace_snapshot snapshot = fixture_snapshot;

	for (uint32_t i = 0; i < THREADS * REGISTERS; i++)
		registers[i] = (i + 1) * 0x9e3779b97f4a7c15ull;
	for (uint32_t i = 0; i < THREADS; i++)
		threads[i] = (struct trace_frozen){
			.tid = (int32_t)i,
			.first_register = i * REGISTERS,
			.register_count = REGISTERS,
		};
	snapshot.threads = threads;
	snapshot.thread_count = THREADS;
	snapshot.registers = registers;
	snapshot.register_count = THREADS * REGISTERS;
	writer_snapshot_begin(w);
	writer_snapshot_end(w, &snapshot);
}

START_TEST(long_records_come_back)
{
	const struct trace_snapshot *got;
	struct writer *w = start();
	struct reader *r;

	write_long_snapshot(w);
	write_snapshot(w, 3);
	finish(w);
	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(reader_snapshot_count(r), 2);
	got = reader_snapshot(r, 0);
	ck_assert_uint_eq(got->register_count, THREADS * REGISTERS);
	REQUIRE(!memcmp(got->registers, registers, sizeof registers));
	ck_assert_uint_eq(got->threads[THREADS - 1].first_register, (THREADS - 1) * REGISTERS);
	expect_lists(reader_snapshot(r, 1));
	reader_free(r);
}
END_TEST

/* Cuts the file before its last chunk. */
static void cut_last_chunk(void)
{
	FILE *file = fopen(path, "rb");
	long at = FILE_HEADER_BYTES, last = 0;
	uint8_t bytes[CHUNK_HEADER_BYTES];

	ck_assert_ptr_nonnull(file);
	while (!fseek(file, at, SEEK_SET) && fread(bytes, 1, sizeof bytes, file) == sizeof bytes) {
		struct chunk_header header;

		chunk_header_load(&header, bytes);
		last = at;
		at += CHUNK_HEADER_BYTES + header.stored_bytes;
	}
	fclose(file);
	ck_assert_int_eq(truncate(path, last), 0);
}

/* Cut between two slices of its record there is no such snapshot, and no damage. */
START_TEST(records_are_seen_whole_or_not_at_all)
{
	struct writer *w = start();
	struct reader *r;

	write_snapshot(w, 5);
	write_long_snapshot(w);
	writer_free(w);
	cut_last_chunk();
	r = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(r), 1);
	ck_assert_ptr_null(reader_damage(r));
	reader_free(r);
}
END_TEST

/* Registers are stored by thread: one with an impossible range has none, the others' come to lie
 * in a row. */
START_TEST(registers_follow_their_threads)
{
	struct trace_frozen threads[] = {
		{.tid = 1, .first_register = 3, .register_count = 2},
		{.tid = 2, .first_register = 4, .register_count = 2},
		{.tid = 3, .first_register = UINT32_MAX, .register_count = 2},
		{.tid = 4, .first_register = 0, .register_count = 1},
	};
	struct trace_snapshot snapshot = fixture_snapshot;
	static const uint64_t wanted[] = {SNAPSHOT_HEAP, 0, 1};
	const struct trace_snapshot *got;
	struct writer *w = start();
	struct reader *r;

	snapshot.threads = threads;
	snapshot.thread_count = 4;
	writer_snapshot_begin(w);
	writer_snapshot_end(w, &snapshot);
	finish(w);
	r = open_trace();
	got = reader_snapshot(r, 0);
	ck_assert_uint_eq(got->register_count, 3);
	ck_assert_mem_eq(got->registers, wanted, sizeof wanted);
	ck_assert_uint_eq(got->threads[1].register_count, 0);
	ck_assert_uint_eq(got->threads[2].register_count, 0);
	ck_assert_uint_eq(got->threads[3].first_register, 2);
	ck_assert_uint_eq(got->threads[3].register_count, 1);
	reader_free(r);
}
END_TEST

START_TEST(full_disk_leaves_whole_snapshots)
{
	struct trace_end end = {.kind = TRACE_END_EXIT};
	struct writer *w = start();
	uint32_t whole = 0;
	struct rlimit value;
	struct reader *r;
	rlim_t size = 2000 + 40013 * (rlim_t)_i;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &value), 0);
	value.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &value), 0);
	for (int i = 0; i < 6; i++) {
		write_snapshot(w, 30000);
		whole += !writer_error(w);
	}
	ck_assert_int_eq(writer_error(w), EFBIG);
	ck_assert_int_eq(writer_finish(w, &end), EFBIG);
	r = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(r), whole);
	for (uint32_t i = 0; i < whole; i++)
		ck_assert_uint_eq(read_words(r, i), 30000);
	ck_assert_ptr_null(reader_damage(r));
	ck_assert_uint_le(reader_file_bytes(r), size);
	reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace snapshot");
	TCase *all = tcase_create("snapshots");

	tcase_add_checked_fixture(all, make_folder, remove_folder);
	tcase_add_test(all, records_come_back);
	tcase_add_test(all, nothing_at_all_comes_back);
	tcase_add_loop_test(all, words_come_back, 0, sizeof word_counts / sizeof *word_counts);
	tcase_add_test(all, extreme_words_come_back);
	tcase_add_test(all, ended_snapshots_are_seen_at_once);
	tcase_add_test(all, several_are_kept_apart);
	tcase_add_test(all, cursors_do_not_disturb_each_other);
	tcase_add_test(all, long_records_come_back);
	tcase_add_test(all, records_are_seen_whole_or_not_at_all);
	tcase_add_test(all, registers_follow_their_threads);
	tcase_add_loop_test(all, full_disk_leaves_whole_snapshots, 0, 8);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
