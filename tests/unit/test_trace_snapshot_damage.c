/* SPDX-License-Identifier: MIT */
/*
 * test_trace_snapshot_damage.c - snapshots that no writer made: under checksums that are right, all
 * that contradicts itself is told.
 */
#include <stdio.h>

#include "analyzer/trace/chunk.h"
#include "analyzer/trace/snapshot_codec.h"
#include "analyzer/trace/word_codec.h"
#include "snapshot_fixture.h"
#include "suite.h"

/* The trace in the making, chunk by chunk. */
static FILE *forgery;
static struct chunk_packer packer;
static struct chunk_payload payload;

static void forge(void)
{
	struct writer *w = start();

	writer_free(w);
	forgery = fopen(path, "ab");
	ck_assert_ptr_nonnull(forgery);
	chunk_packer_init(&packer);
}

static void forge_chunk(uint32_t type)
{
	const struct bytes *chunk = chunk_pack(&packer, type, &payload);

	ck_assert_uint_eq(fwrite(chunk->data, 1, chunk->used, forgery), chunk->used);
	chunk_payload_clear(&payload);
}

static void forge_words(uint32_t number, uint64_t first, uint64_t count)
{
	struct word_codec *codec = word_codec_new();

	for (uint64_t i = first; i < first + count; i++) {
		struct trace_word word = fixture_word(i);

		word_codec_put(codec, &word, 1);
	}
	word_codec_flush(codec, number, &payload);
	word_codec_free(codec);
	forge_chunk(CHUNK_WORDS);
}

static void forge_record(uint32_t number, uint64_t words, uint32_t chunks)
{
	struct trace_snapshot snapshot = fixture_snapshot;

	snapshot.number = number;
	snapshot.word_count = words;
	bytes_put_varint(&payload.bytes, 0);
	snapshot_codec_put(&payload.bytes, &snapshot, chunks);
	forge_chunk(CHUNK_SNAPSHOT);
}

static void end_forgery(void)
{
	ck_assert_int_eq(fclose(forgery), 0);
	chunk_packer_release(&packer);
	chunk_payload_release(&payload);
}

/* The message of the damage met in reading all snapshots, "" if none. Ends the forgery. */
static const char *told(uint32_t snapshots, uint64_t words_read)
{
	static struct trace_error error;
	struct reader *r;
	uint64_t words = 0;

	end_forgery();
	r = open_trace();
	expect_sound_snapshots(r);
	ck_assert_uint_eq(reader_snapshot_count(r), snapshots);
	for (uint32_t i = 0; i < snapshots; i++)
		words += read_words(r, i);
	ck_assert_uint_eq(words, words_read);
	error = reader_damage(r) ? *reader_damage(r) : (struct trace_error){0};
	reader_free(r);
	return error.message;
}

START_TEST(orphans_are_ignored)
{
	forge();
	forge_words(1, 0, 10);
	forge_words(2, 0, 10);
	forge_words(2, 10, 10);
	forge_record(2, 20, 2);
	forge_words(3, 0, 10);
	ck_assert_str_eq(told(1, 20), "");
}
END_TEST

START_TEST(words_of_others_are_damage)
{
	forge();
	forge_words(1, 0, 10);
	forge_words(2, 10, 10);
	forge_record(2, 20, 2);
	ck_assert_str_eq(told(1, 0), "another snapshot's number in word chunk");
}
END_TEST

START_TEST(words_out_of_order_are_damage)
{
	const struct trace_word *batch;
	struct reader_words *cursor;
	struct reader *r;

	forge();
	forge_words(1, 10, 10);
	forge_words(1, 19, 10);
	forge_record(1, 20, 2);
	end_forgery();
	r = open_trace();
	cursor = reader_words_new(r, 0);
	ck_assert_ptr_null(reader_damage(r));
	ck_assert_uint_eq(reader_words_next(cursor, &batch), 10);
	ck_assert_ptr_null(reader_damage(r));
	ck_assert_uint_eq(reader_words_next(cursor, &batch), 0);
	ck_assert_str_eq(reader_damage(r)->message, "addresses out of order in word chunk");
	ck_assert(!reader_words_complete(cursor));
	reader_words_free(cursor);
	reader_free(r);
}
END_TEST

START_TEST(counts_must_agree)
{
	static const char message[] = "snapshot counts 21 words, but word chunks do not";

	forge();
	forge_words(1, 0, 10);
	forge_words(1, 10, 10);
	forge_record(1, 21, 2);
	ck_assert_str_eq(told(1, 10), message);
	unlink(path);

	forge();
	forge_words(1, 0, 21);
	forge_words(1, 21, 1);
	forge_record(1, 21, 2);
	ck_assert_str_eq(told(1, 0), message);
	unlink(path);

	forge();
	forge_words(1, 0, 10);
	forge_words(1, 10, 12);
	forge_record(1, 21, 2);
	ck_assert_str_eq(told(1, 10), message);
}
END_TEST

START_TEST(impossible_records_are_damage)
{
	forge();
	forge_words(1, 0, 10);
	forge_record(1, 10, 1);
	forge_record(2, 10, 1);
	ck_assert_str_eq(told(1, 10), "words missing in snapshot chunk");
	unlink(path);

	forge();
	forge_record(3, 0, 0);
	forge_record(3, 0, 0);
	ck_assert_str_eq(told(1, 0), "numbers out of sequence in snapshot chunk");
	unlink(path);

	forge();
	forge_record(0, 0, 0);
	ck_assert_str_eq(told(0, 0), "numbers out of sequence in snapshot chunk");
	unlink(path);

	forge();
	forge_words(1, 0, 10);
	forge_record(1, 65537, 1);
	ck_assert_str_eq(told(0, 0), "impossible number of words in snapshot chunk");
	unlink(path);

	forge();
	forge_record(1, 1, 0);
	ck_assert_str_eq(told(0, 0), "impossible number of words in snapshot chunk");
	unlink(path);

	forge();
	bytes_put_varint(&payload.bytes, 5);
	bytes_append(&payload.bytes, "abc", 3);
	forge_chunk(CHUNK_SNAPSHOT);
	forge_record(1, 0, 0);
	ck_assert_str_eq(told(0, 0), "slices that do not fit together in snapshot chunk");
}
END_TEST

/* A record up to its lists, then lists as long as the test wants. */
/* A record of nothing but these, behind which nothing is known of a collector. */
static void forge_lists(const uint64_t *numbers, size_t count)
{
	forge();
	bytes_put_varint(&payload.bytes, 0);
	bytes_put_varint(&payload.bytes, 1);
	for (int i = 0; i < 9; i++)
		bytes_put_varint(&payload.bytes, 0);
	for (size_t i = 0; i < count; i++)
		bytes_put_varint(&payload.bytes, numbers[i]);
	bytes_put_varint(&payload.bytes, 0);
	forge_chunk(CHUNK_SNAPSHOT);
}

#define FORGE_LISTS(...) \
	do { \
		const uint64_t numbers[] = {__VA_ARGS__}; \
		forge_lists(numbers, sizeof numbers / sizeof *numbers); \
	} while (0)

START_TEST(impossible_lists_are_damage)
{
	static const char damaged[] = "damaged record in snapshot chunk";
	static const char mapping[] = "impossible mapping in snapshot chunk";

	FORGE_LISTS(0, 0, 0, 0, 0);
	ck_assert_str_eq(told(1, 0), "");
	unlink(path);
	FORGE_LISTS(0, 0, 0, 0, 0, 0); /* too long */
	ck_assert_str_eq(told(0, 0), damaged);
	unlink(path);
	FORGE_LISTS(0, 0, 0, 0);
	ck_assert_str_eq(told(0, 0), damaged);
	unlink(path);
	FORGE_LISTS(0, 0, 0, 0, 0, 1, 1, 700, 1, 1, 1, 10, 1, 1, 1, 10, 1, 1); /* of a collector */
	ck_assert_str_eq(told(1, 0), "");
	unlink(path);
	FORGE_LISTS(0, 0, 0, 0, 0, 1, 1, 700, 1, 1, 1, 10, 1, 1, 1, 10, 1);
	ck_assert_str_eq(told(0, 0), damaged);
	unlink(path);
	for (int list = 0; list < 5; list++) { /* lengths beyond all measure */
		uint64_t numbers[] = {0, 0, 0, 0, 0};

		numbers[list] = UINT32_MAX;
		forge_lists(numbers, 5);
		ck_assert_str_eq(told(0, 0), damaged);
		unlink(path);
	}
	FORGE_LISTS(1, 4096, 0, 0, 0, 0, 0, 0); /* empty */
	ck_assert_str_eq(told(0, 0), mapping);
	unlink(path);
	FORGE_LISTS(1, 4096, UINT64_MAX, 0, 0, 0, 0, 0);
	ck_assert_str_eq(told(0, 0), mapping);
	unlink(path);
	FORGE_LISTS(2, 1, UINT64_MAX - 1, 0, 0, 1, 1, 0, 0, 0, 0, 0);
	ck_assert_str_eq(told(0, 0), mapping);
	unlink(path);
	FORGE_LISTS(0, 1, 0, 0, 0, 0, 0, 2, 1, 7, 0, 0);
	ck_assert_str_eq(told(0, 0), "registers of no thread in snapshot chunk");
	unlink(path);
	FORGE_LISTS(0, 1, 0, 0, 0, 0, 0, UINT64_MAX, 1, 7, 0, 0);
	ck_assert_str_eq(told(0, 0), damaged);
	unlink(path);
	FORGE_LISTS(0, 1, 0, 0, 0, 0, 0, 1, 1, 7, 0, 0);
	ck_assert_str_eq(told(1, 0), "");
	unlink(path);
	FORGE_LISTS(0, 0, 0, 0, 2, UINT64_MAX, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0,
		    0); /* two names */
	ck_assert_str_eq(told(0, 0), "impossible name in snapshot chunk");
	unlink(path);
	FORGE_LISTS(0, 0, 0, 0, 2, UINT64_MAX, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
	ck_assert_str_eq(told(1, 0), "");
}
END_TEST

/* A chunk of one word of each kind, part by part. */
struct parts {
	uint64_t number, count, step_bytes;
	uint64_t steps[3];
	uint8_t rest[16];
	size_t rest_bytes;
};

static const struct parts sound_parts = {
	.number = 4,
	.count = 3,
	.step_bytes = 3,
	.steps = {1, 1, 1},
	/* kinds, near, regions, far, the new region */
	.rest = {0, 1, 77, 16, 0, 0, 1, 2, 3, 5},
	.rest_bytes = 10,
};

static const char *take_parts(const struct parts *parts, struct trace_word *words)
{
	struct bytes bytes = {0};
	const char *problem;
	uint32_t count;

	bytes_put_varint(&bytes, parts->number);
	bytes_put_varint(&bytes, parts->count);
	bytes_put_varint(&bytes, parts->step_bytes);
	for (int i = 0; i < 3; i++)
		bytes_put_varint(&bytes, parts->steps[i]);
	bytes_append(&bytes, parts->rest, parts->rest_bytes);
	problem = word_codec_take(bytes.data, bytes.used, 4, words, &count);
	bytes_release(&bytes);
	return problem;
}

START_TEST(sound_parts_make_words)
{
	struct trace_word *words = calloc(WORDS_PER_CHUNK_MAX, sizeof *words);

	ck_assert_ptr_null(take_parts(&sound_parts, words));
	ck_assert_uint_eq(words[0].address, 8);
	ck_assert_uint_eq(words[0].value, 0x5030201);
	ck_assert_uint_eq(words[1].value, 16 + 8);
	ck_assert_uint_eq(words[2].address, 24);
	ck_assert_uint_eq(words[2].value, 0);
	free(words);
}
END_TEST

START_TEST(unsound_parts_are_told)
{
	struct trace_word *words = calloc(WORDS_PER_CHUNK_MAX, sizeof *words);
	struct parts parts = sound_parts;

	parts.number = 5;
	ck_assert_str_eq(take_parts(&parts, words), "another snapshot's number");
	parts = sound_parts;
	parts.count = 0;
	ck_assert_str_eq(take_parts(&parts, words), "impossible number of words");
	parts.count = WORDS_PER_CHUNK_MAX + 1;
	ck_assert_str_eq(take_parts(&parts, words), "impossible number of words");
	parts.count = WORDS_PER_CHUNK_MAX;
	ck_assert_str_eq(take_parts(&parts, words), "column longer than the chunk");
	parts = sound_parts;
	parts.step_bytes = UINT64_MAX;
	ck_assert_str_eq(take_parts(&parts, words), "column longer than the chunk");
	parts = sound_parts;
	parts.steps[1] = 0;
	ck_assert_str_eq(take_parts(&parts, words), "addresses out of order");
	parts = sound_parts;
	parts.rest[1] = 0; /* far, and nothing in the columns */
	ck_assert_str_eq(take_parts(&parts, words), "column longer than the chunk");
	parts = sound_parts;
	parts.rest[5] = 1; /* the first region, before there is one */
	ck_assert_str_eq(take_parts(&parts, words), "undefined region");
	parts = sound_parts;
	parts.rest_bytes--;
	ck_assert_str_eq(take_parts(&parts, words), "undefined region");
	parts = sound_parts;
	parts.rest_bytes++;
	ck_assert_str_eq(take_parts(&parts, words), "column of the wrong length");
	parts = sound_parts;
	parts.steps[0] = UINT64_MAX / 8;
	parts.step_bytes = 11;
	ck_assert_str_eq(take_parts(&parts, words), "addresses out of order");
	free(words);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace snapshot damage");
	TCase *all = tcase_create("damage");

	tcase_add_checked_fixture(all, make_folder, remove_folder);
	tcase_add_test(all, orphans_are_ignored);
	tcase_add_test(all, words_of_others_are_damage);
	tcase_add_test(all, words_out_of_order_are_damage);
	tcase_add_test(all, counts_must_agree);
	tcase_add_test(all, impossible_records_are_damage);
	tcase_add_test(all, impossible_lists_are_damage);
	tcase_add_test(all, sound_parts_make_words);
	tcase_add_test(all, unsound_parts_are_told);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
