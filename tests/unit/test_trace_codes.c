/* SPDX-License-Identifier: MIT */
/* Code objects of Python: what the writer stores, the reader gives back, whatever is in them. */
#include <stdio.h>

#include "analyzer/trace/chunk.h"
#include "analyzer/trace/format.h"
#include "trace_fixture.h"
#include "suite.h"

static void expect_code(struct reader *r, code_id id, const struct trace_code *wanted)
{
	const struct trace_code *code = reader_code(r, id);

	REQUIRE(code != NULL);
	REQUIRE(!strcmp(code->name, wanted->name));
	REQUIRE(!strcmp(code->file, wanted->file));
	REQUIRE(code->first_line == wanted->first_line);
}

static struct trace_code plain_code(void)
{
	return (struct trace_code){"function", "/lib/module.py", 12};
}

START_TEST(codes_come_back)
{
	struct trace_code plain = plain_code(), odd = plain_code();
	struct writer *w = start();
	struct reader *r;

	odd.name = "<lambda>\xff\n\x01";
	odd.file = "\xc3\xa9";
	odd.first_line = UINT32_MAX;
	ck_assert_uint_eq(writer_code(w, &plain), 1);
	ck_assert_uint_eq(writer_code(w, &odd), 2);
	writer_flush(w);
	/* Nobody looks for equal ones. */
	ck_assert_uint_eq(writer_code(w, &plain), 3);
	finish(w);
	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(reader_code_count(r), 3);
	expect_code(r, 1, &plain);
	expect_code(r, 2, &odd);
	expect_code(r, 3, &plain);
	reader_free(r);
}
END_TEST

START_TEST(ids_outside_are_none)
{
	struct trace_code plain = plain_code();
	struct writer *w = start();
	struct reader *r;

	writer_code(w, &plain);
	finish(w);
	r = open_trace();
	ck_assert_ptr_null(reader_code(r, 0));
	ck_assert_ptr_nonnull(reader_code(r, 1));
	ck_assert_ptr_null(reader_code(r, 2));
	ck_assert_ptr_null(reader_code(r, UINT32_MAX));
	reader_free(r);
}
END_TEST

START_TEST(traces_without_codes)
{
	struct writer *w = start();
	struct reader *r;

	finish(w);
	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(reader_code_count(r), 0);
	ck_assert_ptr_null(reader_code(r, 0));
	ck_assert_ptr_null(reader_code(r, 1));
	reader_free(r);
}
END_TEST

START_TEST(empty_texts)
{
	struct trace_code empty = {.name = "", .file = ""}, plain = plain_code();
	struct trace_code absent = {0};
	struct writer *w = start();
	struct reader *r;

	writer_code(w, &empty);
	writer_flush(w);
	writer_code(w, &absent);
	writer_code(w, &plain);
	writer_code(w, &empty);
	finish(w);
	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(reader_code_count(r), 4);
	expect_code(r, 1, &empty);
	expect_code(r, 2, &empty);
	expect_code(r, 3, &plain);
	expect_code(r, 4, &empty);
	reader_free(r);
}
END_TEST

START_TEST(long_names_are_cut)
{
	static char longer[STRING_BYTES_MAX + 100];
	struct trace_code code = plain_code();
	struct writer *w = start();
	struct reader *r;

	memset(longer, 'x', sizeof longer - 1);
	code.name = longer;
	writer_code(w, &code);
	code.name = "";
	code.file = longer;
	writer_code(w, &code);
	finish(w);
	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(strlen(reader_code(r, 1)->name), STRING_BYTES_MAX);
	ck_assert_str_eq(reader_code(r, 1)->file, "/lib/module.py");
	ck_assert_uint_eq(strlen(reader_code(r, 2)->file), STRING_BYTES_MAX);
	ck_assert_uint_eq(reader_code(r, 2)->first_line, 12);
	reader_free(r);
}
END_TEST

/* The same one for the same number, made of random parts. */
static struct trace_code random_code(unsigned number)
{
	static char name[64], file[64];
	struct trace_code code = {.name = name, .file = file};

	srandom(number);
	snprintf(name, sizeof name, "function_%u", number);
	snprintf(file, sizeof file, "/lib/module_%ld.py", random() % 50);
	code.first_line = (uint32_t)random() >> random() % 31;
	return code;
}

/* Counts the chunks of a type in the file. */
static int chunks_of(uint32_t type)
{
	uint8_t bytes[CHUNK_HEADER_BYTES];
	FILE *file = fopen(path, "rb");
	struct chunk_header header;
	int count = 0;

	ck_assert_ptr_nonnull(file);
	fseek(file, FILE_HEADER_BYTES, SEEK_SET);
	while (fread(bytes, 1, sizeof bytes, file) == sizeof bytes) {
		chunk_header_load(&header, bytes);
		count += header.type == type;
		fseek(file, (long)header.stored_bytes, SEEK_CUR);
	}
	fclose(file);
	return count;
}

/* Each with a stack of it and an event: all three tables are written when one of them is large. */
START_TEST(many_codes_in_many_chunks)
{
	enum { COUNT = 20000 };
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;
	module_id module = writer_module(w, &(struct trace_module){.path = TRACE_PYTHON});

	for (unsigned i = 1; i <= COUNT; i++) {
		struct trace_code code = random_code(i);
		uint64_t address = trace_code_address(i, i % 100);

		REQUIRE(writer_code(w, &code) == i);
		REQUIRE(writer_stack(w, i % 7 ? i - 1 : 0, module, address) == i);
		writer_event(w, &(struct trace_event){
					.stamp = i, .thread = 1, .stack = i, .kind = EVENT_ALLOC});
	}
	finish(w);
	ck_assert_int_gt(chunks_of(CHUNK_CODES), 10);
	r = open_trace();
	ck_assert_uint_eq(reader_code_count(r), COUNT);
	for (unsigned i = 1; i <= COUNT; i++) {
		struct trace_code code = random_code(i);

		expect_code(r, i, &code);
		REQUIRE(reader_next(r, &event) && event.stack == i);
		REQUIRE(reader_stack(r, i)->address >> TRACE_CODE_SHIFT == i);
		REQUIRE((uint32_t)reader_stack(r, i)->address == i % 100);
	}
	ck_assert(!reader_next(r, &event));
	expect_whole(r);
	reader_free(r);
}
END_TEST

/* A trace that ends without a word, right behind events: what their stacks name is there. */
START_TEST(codes_precede_the_events_that_name_them)
{
	struct trace_code plain = plain_code();
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;
	module_id module = writer_module(w, &(struct trace_module){.path = TRACE_PYTHON});
	code_id code = writer_code(w, &plain);

	writer_stack(w, 0, module, trace_code_address(code, 3));
	writer_event(
		w, &(struct trace_event){.stamp = 1, .thread = 1, .stack = 1, .kind = EVENT_ALLOC});
	writer_flush(w);
	r = open_trace();
	ck_assert(reader_next(r, &event));
	ck_assert_uint_eq(event.stack, 1);
	ck_assert_uint_eq(reader_stack(r, 1)->address, 1ull << 32 | 3);
	expect_code(r, 1, &plain);
	reader_free(r);
	writer_free(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace codes");
	TCase *all = tcase_create("round trip of codes");

	tcase_add_checked_fixture(all, make_folder, remove_folder);
	tcase_add_test(all, codes_come_back);
	tcase_add_test(all, ids_outside_are_none);
	tcase_add_test(all, traces_without_codes);
	tcase_add_test(all, empty_texts);
	tcase_add_test(all, long_names_are_cut);
	tcase_add_test(all, many_codes_in_many_chunks);
	tcase_add_test(all, codes_precede_the_events_that_name_them);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
