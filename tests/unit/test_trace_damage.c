/* SPDX-License-Identifier: MIT */
/*
 * test_trace_damage.c - cut, flipped, forged: a reader tells, and never dies.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <xxhash.h>

#include "analyzer/trace/chunk.h"
#include "analyzer/trace/event_decoder.h"
#include "snapshot_fixture.h"
#include "suite.h"

#define PIECES_MAX 64

/* A file in memory, and where its chunks begin. */
static struct bytes image;
static size_t pieces[PIECES_MAX + 1]; /* the last is the size of the file */
static size_t piece_count;

static void release_image(void)
{
	bytes_release(&image);
	remove_folder();
}

static void write_events(struct writer *w, uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count; i++)
		writer_event(w, &(struct trace_event){.stamp = i,
						      .address = 0x1000 + i / 2 * 48 % 480,
						      .size = i % 2 ? 0 : i % 5 * 8,
						      .stack = 1 + (stack_id)(i % 3),
						      .thread = 1,
						      .kind = i % 2 ? EVENT_FREE : EVENT_ALLOC});
}

/* One thread, so that events come in file order; every type of chunk; two event chunks. */
static void make_image(void)
{
	struct trace_program program = {.exe = "/bin/x", .argv = "x", .argv_bytes = 2};
	struct writer *w = writer_new(path, &program);
	struct trace_end end = {.kind = TRACE_END_EXIT};
	FILE *file;
	long size;

	ck_assert_ptr_nonnull(w);
	writer_module(w, &(struct trace_module){.path = "/lib/a.so", .end = 4096});
	writer_code(w, &(struct trace_code){"f", "f.py", 3});
	writer_python(w, &(struct trace_python){.version = 0x030b02f0, .state = PYTHON_ON});
	for (int i = 0; i < 3; i++)
		writer_stack(w, (stack_id)i, 1, 100 + (uint64_t)i);
	writer_thread(w, &(struct trace_thread){.id = 1, .tid = 5});
	writer_clock(w, &(struct trace_clock){1, 2});
	writer_memory(w, &(struct trace_memory){1, 2, 3, 4});
	writer_child(w, &(struct trace_child){.pid = 6, .trace_path = "c"});
	writer_unrecorded(w, &(struct trace_unrecorded){UNRECORDED_STATIC, 2, "/opt/tool"});
	writer_mark(w, "a mark");
	writer_lost(w, 3);
	write_events(w, 1, 60);
	write_snapshot(w, 20);
	write_events(w, 61, 40);
	ck_assert_int_eq(writer_finish(w, &end), 0);

	file = fopen(path, "rb");
	ck_assert(file && !fseek(file, 0, SEEK_END));
	size = ftell(file);
	rewind(file);
	image.used = 0;
	ck_assert_uint_eq(fread(bytes_reserve(&image, (size_t)size), 1, (size_t)size, file),
			  (size_t)size);
	image.used = (size_t)size;
	fclose(file);

	piece_count = 0;
	for (size_t at = FILE_HEADER_BYTES; at < image.used;) {
		struct chunk_header header;

		pieces[piece_count++] = at;
		chunk_header_load(&header, image.data + at);
		at += CHUNK_HEADER_BYTES + header.stored_bytes;
	}
	pieces[piece_count] = image.used;
}

static void write_file(const struct bytes *content)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	if (content->used)
		ck_assert_uint_eq(fwrite(content->data, 1, content->used, file), content->used);
	ck_assert_int_eq(fclose(file), 0);
}

struct outcome {
	bool opened, damaged, complete;
	uint64_t events;
	struct trace_error error;
};

/* Reads all there is; every event must be as write_events made it. */
static struct outcome read_file(void)
{
	struct outcome outcome = {0};
	struct reader *r = reader_new(path, &outcome.error);
	struct trace_event event;

	if (!r) {
		ck_assert_uint_gt(strlen(outcome.error.message), 0);
		return outcome;
	}
	outcome.opened = true;
	for (uint32_t i = 0; i < reader_snapshot_count(r); i++)
		read_words(r, i);
	while (reader_next(r, &event)) {
		uint64_t i = ++outcome.events;

		if (event.stamp != i || event.address != 0x1000 + i / 2 * 48 % 480 ||
		    event.stack != 1 + i % 3)
			ck_abort_msg("event %llu is wrong", (unsigned long long)i);
	}
	outcome.complete = reader_end(r);
	outcome.damaged = reader_damage(r);
	if (outcome.damaged)
		outcome.error = *reader_damage(r);
	reader_free(r);
	return outcome;
}

START_TEST(whole_file_is_undamaged)
{
	struct outcome outcome;

	make_image();
	outcome = read_file();
	ck_assert_msg(!outcome.damaged, "%s", outcome.error.message);
	ck_assert(outcome.complete);
	ck_assert_uint_eq(outcome.events, 100);
	/* program, 11 tables, two times events, words, snapshot, index, end */
	ck_assert_uint_eq(piece_count, 18);
}
END_TEST

/* Events in chunks that end at or before a size. */
static uint64_t events_before(size_t size)
{
	uint64_t events = 0;

	for (size_t i = 0; i < piece_count && pieces[i + 1] <= size; i++) {
		struct chunk_header header;
		struct event_prologue prologue;

		chunk_header_load(&header, image.data + pieces[i]);
		if (header.type != CHUNK_EVENTS)
			continue;
		event_decoder_prologue(image.data + pieces[i] + CHUNK_HEADER_BYTES, &prologue);
		events += prologue.count;
	}
	return events;
}

START_TEST(cut_anywhere_reads_to_the_last_whole_chunk)
{
	make_image();
	for (size_t size = image.used; size-- > 0;) {
		struct outcome outcome;
		bool at_end_of_chunk = false;

		ck_assert_int_eq(truncate(path, (off_t)size), 0);
		outcome = read_file();
		ck_assert(!outcome.complete);
		ck_assert_int_eq(outcome.opened, size >= pieces[1]);
		for (size_t i = 1; i < piece_count; i++)
			at_end_of_chunk |= size == pieces[i];
		if (!outcome.opened)
			continue;
		ck_assert_uint_eq(outcome.events, events_before(size));
		ck_assert_int_eq(outcome.damaged, !at_end_of_chunk);
		if (outcome.damaged)
			ck_assert_uint_le(outcome.error.offset, size);
	}
}
END_TEST

START_TEST(any_flipped_bit_is_noticed)
{
	int fd;

	make_image();
	fd = open(path, O_WRONLY);
	ck_assert_int_ge(fd, 0);
	for (size_t at = 0; at < image.used; at++) {
		for (int bit = 0; bit < 9; bit++) {
			uint8_t flip = bit == 8 ? 0xff : (uint8_t)(1 << bit);
			uint8_t flipped = image.data[at] ^ flip;
			struct outcome outcome;

			ck_assert_int_eq(pwrite(fd, &flipped, 1, (off_t)at), 1);
			outcome = read_file();
			ck_assert_msg(!outcome.opened || outcome.damaged,
				      "byte %zu flipped by %#x goes unnoticed", at, flip);
		}
		ck_assert_int_eq(pwrite(fd, &image.data[at], 1, (off_t)at), 1);
	}
	close(fd);
}
END_TEST

static size_t last_event_piece(void)
{
	size_t last = 0;

	for (size_t i = 0; i < piece_count; i++) {
		if (!memcmp(image.data + pieces[i], "EVTS", 4))
			last = i;
	}
	return last;
}

START_TEST(damage_is_named_and_what_precedes_it_read)
{
	struct outcome outcome;
	size_t at;

	make_image();
	at = pieces[last_event_piece()];
	image.data[at + CHUNK_HEADER_BYTES + 40] ^= 1;
	write_file(&image);
	outcome = read_file();
	ck_assert_uint_eq(outcome.events, 60);
	ck_assert(outcome.damaged);
	ck_assert_uint_eq(outcome.error.offset, at);
	ck_assert_str_eq(outcome.error.message, "checksum mismatch in event chunk");
}
END_TEST

/* Puts a chunk before the second; the offset of the index in the END is wrong from then on. */
static void insert(const struct bytes *chunk)
{
	struct bytes content = {0};

	bytes_append(&content, image.data, pieces[1]);
	bytes_append(&content, chunk->data, chunk->used);
	bytes_append(&content, image.data + pieces[1], image.used - pieces[1]);
	write_file(&content);
	bytes_release(&content);
}

START_TEST(unknown_chunks_are_skipped)
{
	struct chunk_payload payload = {0};
	struct chunk_packer packer;
	struct outcome outcome;

	make_image();
	chunk_packer_init(&packer);
	for (size_t size = 0; size < 3000; size += 1499) {
		chunk_payload_clear(&payload);
		memset(bytes_reserve(&payload.bytes, size + 1), 'f', size);
		payload.bytes.used = size;
		insert(chunk_pack(&packer, FOURCC('F', 'U', 'T', 'R'), &payload));
		outcome = read_file();
		ck_assert_msg(!outcome.damaged, "%s", outcome.error.message);
		ck_assert(outcome.complete);
		ck_assert_uint_eq(outcome.events, 100);
	}
	chunk_packer_release(&packer);
	chunk_payload_release(&payload);
}
END_TEST

static void limit(int resource, rlim_t most)
{
	struct rlimit value;

	ck_assert_int_eq(getrlimit(resource, &value), 0);
	value.rlim_cur = most;
	ck_assert_int_eq(setrlimit(resource, &value), 0);
}

#ifndef __has_feature
#define __has_feature(name) 0
#endif

/* AddressSanitizer reserves address space by the terabyte. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static void limit_memory(size_t most)
{
	if (!SANITIZED)
		limit(RLIMIT_AS, most);
}

/* With memory for nothing of the kind. */
START_TEST(huge_lengths_are_refused)
{
	static const uint32_t types[] = {CHUNK_STACKS, CHUNK_EVENTS, CHUNK_INDEX,
					 FOURCC('F', 'U', 'T', 'R')};

	make_image();
	limit_memory(256u << 20);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		uint8_t header[CHUNK_HEADER_BYTES] = {0};
		struct bytes chunk = {header, sizeof header, sizeof header};
		struct outcome outcome;
		char message[100];

		bytes_store_u32(header, types[i]);
		bytes_store_u32(header + 8, UINT32_MAX);
		insert(&chunk);
		outcome = read_file();
		snprintf(message, sizeof message, "impossible length of %s chunk",
			 chunk_name(types[i]));
		ck_assert_str_eq(outcome.error.message, message);
		ck_assert_uint_eq(outcome.error.offset, pieces[1]);

		bytes_store_u32(header + 8, CHUNK_RAW_BYTES_MAX);
		insert(&chunk);
		outcome = read_file();
		snprintf(message, sizeof message, "file ends inside %s chunk",
			 chunk_name(types[i]));
		ck_assert_str_eq(outcome.error.message, message);
	}
}
END_TEST

START_TEST(huge_raw_lengths_are_refused)
{
	struct chunk_header header;
	struct outcome outcome;
	uint8_t *chunk;

	make_image();
	limit_memory(256u << 20);
	chunk = image.data + pieces[last_event_piece()];
	bytes_store_u32(chunk + 12, UINT32_MAX);
	chunk_header_load(&header, chunk);
	bytes_store_u64(chunk + 16, XXH64(chunk + CHUNK_HEADER_BYTES, header.stored_bytes,
					  XXH64(chunk, CHUNK_CHECKED_BYTES, 0)));
	write_file(&image);
	outcome = read_file();
	ck_assert_uint_eq(outcome.events, 60);
	ck_assert_str_eq(outcome.error.message, "impossible length in event chunk");
}
END_TEST

START_TEST(swapped_event_chunks_are_refused)
{
	struct bytes content = {0};
	size_t second, first;
	struct reader *r;

	make_image();
	second = last_event_piece();
	first = second - 2; /* a snapshot's record lies between, its words before */
	ck_assert_mem_eq(image.data + pieces[first], "EVTS", 4);
	bytes_append(&content, image.data, pieces[first]);
	bytes_append(&content, image.data + pieces[second], pieces[second + 1] - pieces[second]);
	bytes_append(&content, image.data + pieces[first], pieces[second] - pieces[first]);
	write_file(&content);
	bytes_release(&content);
	r = open_trace();
	ck_assert_ptr_nonnull(reader_damage(r));
	ck_assert_str_eq(reader_damage(r)->message, "stamps out of order in event chunk");
	reader_free(r);
}
END_TEST

/* A few kilobytes that unpack to gigabytes of tables. */
START_TEST(tables_are_bounded_by_the_size_of_the_file)
{
	struct chunk_payload payload = {0};
	struct bytes content = {0};
	struct chunk_packer packer;
	struct outcome outcome;
	const struct bytes *chunk;

	make_image();
	limit_memory(1u << 30);
	chunk_packer_init(&packer);
	memset(bytes_reserve(&payload.bytes, CHUNK_RAW_BYTES_MAX), 0, CHUNK_RAW_BYTES_MAX);
	payload.bytes.used = CHUNK_RAW_BYTES_MAX;
	chunk = chunk_pack(&packer, CHUNK_MEMORY, &payload);
	ck_assert_uint_lt(chunk->used, 16384);
	bytes_append(&content, image.data, pieces[1]);
	for (int i = 0; i < 200; i++)
		bytes_append(&content, chunk->data, chunk->used);
	write_file(&content);
	outcome = read_file();
	ck_assert(outcome.opened && outcome.damaged);
	ck_assert_ptr_nonnull(strstr(outcome.error.message, "tables unpack to more"));
	chunk_packer_release(&packer);
	chunk_payload_release(&payload);
	bytes_release(&content);
}
END_TEST

/* Thousands of threads whose first chunks are all open at once, tiny in the file. */
START_TEST(open_chunks_are_bounded_by_the_size_of_the_file)
{
	enum { THREADS = 5000, EVENTS = EVENTS_PER_CHUNK_MAX };
	struct trace_program program = {.exe = ""};
	struct writer *w = writer_new(path, &program);
	struct trace_error error;
	struct trace_event event;
	struct reader *r;
	uint64_t count = 0;

	ck_assert_ptr_nonnull(w);
	for (thread_id id = 1; id <= THREADS; id++) {
		for (int i = 0; i < EVENTS; i++)
			writer_event(w, &(struct trace_event){
						.stamp = i ? 2 : 1, .thread = id, .kind = 5});
	}
	writer_free(w);
	limit_memory(1u << 30);
	r = reader_new(path, &error);
	ck_assert_ptr_nonnull(r);
	while (reader_next(r, &event))
		count++;
	ck_assert_ptr_nonnull(reader_damage(r));
	ck_assert_ptr_nonnull(strstr(reader_damage(r)->message, "event chunks unpack to more"));
	ck_assert_uint_lt(count, (uint64_t)THREADS * EVENTS);
	reader_free(r);
}
END_TEST

/* Reads a forged file, whatever it holds. Returns true if damage was found. */
static bool survive(void)
{
	struct trace_error error;
	struct reader *r = reader_new(path, &error);
	struct trace_event event;
	uint64_t stamp = 0;
	bool damaged;

	if (!r)
		return true;
	while (reader_next(r, &event)) {
		if (event.stamp < stamp || event.stack > reader_stack_count(r))
			ck_abort_msg("impossible event at %llu", (unsigned long long)event.stamp);
		stamp = event.stamp;
	}
	for (stack_id id = 1; id <= reader_stack_count(r); id++) {
		ck_assert_uint_lt(reader_stack(r, id)->parent, id);
		ck_assert_uint_le(reader_stack(r, id)->module, reader_module_count(r));
	}
	for (code_id id = 1; id <= reader_code_count(r); id++)
		ck_assert_uint_ge(
			strlen(reader_code(r, id)->name) + strlen(reader_code(r, id)->file), 0);
	expect_sound_snapshots(r);
	reader_elapsed_ns(r, stamp);
	damaged = reader_damage(r);
	reader_free(r);
	return damaged;
}

/* Contents that are wrong under checksums that are right: nobody but the decoders can tell. */
START_TEST(forged_payloads_are_survived)
{
	struct chunk_unpacker unpacker;
	struct chunk_packer packer;
	int damaged = 0;

	make_image();
	srandom((unsigned)_i + 1);
	chunk_packer_init(&packer);
	chunk_unpacker_init(&unpacker);
	for (int round = 0; round < 1000; round++) {
		size_t piece = (size_t)random() % piece_count;
		struct chunk_payload payload = {0};
		struct bytes content = {0};
		struct chunk_header header;
		const struct bytes *chunk;
		const uint8_t *raw;

		chunk_header_load(&header, image.data + pieces[piece]);
		ck_assert_ptr_null(chunk_unpack(
			&unpacker, &header, image.data + pieces[piece] + CHUNK_HEADER_BYTES, &raw));
		bytes_append(&payload.bytes, raw, header.raw_bytes);
		for (long changes = 1 + random() % 4; changes--;)
			payload.bytes.data[(size_t)random() % payload.bytes.used] =
				random() % 2 ? (uint8_t)random() : (uint8_t)(random() % 4);
		if (payload.bytes.used > 3 && random() % 4 == 0) /* a long varint */
			memset(payload.bytes.data + (size_t)random() % (payload.bytes.used - 3),
			       0xff, 3);
		if (random() % 8 == 0 && header.type != CHUNK_EVENTS)
			payload.bytes.used = (size_t)random() % payload.bytes.used;
		chunk = chunk_pack(&packer, header.type, &payload);
		bytes_append(&content, image.data, pieces[piece]);
		bytes_append(&content, chunk->data, chunk->used);
		bytes_append(&content, image.data + pieces[piece + 1],
			     image.used - pieces[piece + 1]);
		write_file(&content);
		damaged += survive();
		chunk_payload_release(&payload);
		bytes_release(&content);
	}
	/* Some changes make another valid trace, but most cannot. */
	ck_assert_int_gt(damaged, 250);
	chunk_packer_release(&packer);
	chunk_unpacker_release(&unpacker);
}
END_TEST

START_TEST(foreign_files_are_refused)
{
	static const char *const contents[] = {"", "x", "\177ELF and so on and so forth",
					       "\x89TNR\r\n\x1a\n"};
	struct outcome outcome;
	struct trace_error error;

	make_image();
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		struct bytes content = {0};

		bytes_append(&content, contents[i], strlen(contents[i]));
		write_file(&content);
		outcome = read_file();
		ck_assert(!outcome.opened);
		bytes_release(&content);
	}
	ck_assert_ptr_null(reader_new(folder, &error));
	ck_assert_str_eq(error.message, "not a regular file");
	ck_assert_ptr_null(reader_new("/nonexistent", &error));
	ck_assert_str_eq(error.message, "cannot open: No such file or directory");
	image.data[8] = 2;
	write_file(&image);
	outcome = read_file();
	ck_assert_str_eq(outcome.error.message, "trace has format version 2; this tenure reads 1");
	image.data[8] = 1;
	image.data[12] = 4;
	write_file(&image);
	ck_assert_str_eq(read_file().error.message,
			 "trace uses features unknown to this tenure: 0x4");
}
END_TEST

START_TEST(end_must_be_the_end_and_count_right)
{
	struct outcome outcome;
	size_t end, evts;
	struct bytes content = {0};

	make_image();
	end = pieces[piece_count - 1];
	bytes_append(&image, "more", 4);
	write_file(&image);
	outcome = read_file();
	ck_assert_str_eq(outcome.error.message, "data behind the end chunk");
	ck_assert_uint_eq(outcome.error.offset, end + END_CHUNK_BYTES);
	ck_assert_uint_eq(outcome.events, 100);
	image.used -= 4;

	/* Without the second event chunk: everything that is left is whole. */
	evts = last_event_piece();
	bytes_append(&content, image.data, pieces[evts]);
	bytes_append(&content, image.data + pieces[evts + 1], image.used - pieces[evts + 1]);
	write_file(&content);
	bytes_release(&content);
	outcome = read_file();
	ck_assert_uint_eq(outcome.events, 60);
	ck_assert_str_eq(outcome.error.message,
			 "end chunk counts 100 events, but event chunks hold 60");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace damage");
	TCase *all = tcase_create("damage");

	tcase_add_checked_fixture(all, make_folder, release_image);
	tcase_add_test(all, whole_file_is_undamaged);
	tcase_add_test(all, cut_anywhere_reads_to_the_last_whole_chunk);
	tcase_add_test(all, any_flipped_bit_is_noticed);
	tcase_add_test(all, damage_is_named_and_what_precedes_it_read);
	tcase_add_test(all, unknown_chunks_are_skipped);
	tcase_add_test(all, huge_lengths_are_refused);
	tcase_add_test(all, huge_raw_lengths_are_refused);
	tcase_add_test(all, swapped_event_chunks_are_refused);
	tcase_add_test(all, tables_are_bounded_by_the_size_of_the_file);
	tcase_add_test(all, open_chunks_are_bounded_by_the_size_of_the_file);
	tcase_add_loop_test(all, forged_payloads_are_survived, 0, 4);
	tcase_add_test(all, foreign_files_are_refused);
	tcase_add_test(all, end_must_be_the_end_and_count_right);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
