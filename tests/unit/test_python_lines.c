/* SPDX-License-Identifier: MIT */
/* Lines of Python's code by the tables of all versions, whole and ruined; and its functions as symbols. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/record/python_lines.h"
#include "analyzer/symbols/symbols.h"
#include "python_tables.h"
#include "suite.h"

static const uint8_t kinds[] = {PYTHON_LINES_LNOTAB, PYTHON_LINES_310, PYTHON_LINES_LOCATIONS};

/* With the bytes that it is about. */
struct table {
	struct python_code code;
	const uint8_t *bytes;
};

static uint32_t python_line(const struct table *table, uint32_t position)
{
	return python_lines_find(&table->code, table->bytes, position);
}

/* The end of the sample's source: no table that is cut short may lead behind it. */
#define LAST_LINE 240u

static struct table code_of(const struct python_sample *sample)
{
	return (struct table){.code = {.first_line = PYTHON_FIRST_LINE,
				       .lines = (uint8_t)sample->lines,
				       .lines_bytes = sample->table_bytes},
			      .bytes = sample->table};
}

static uint32_t instructions_of(const struct python_sample *sample)
{
	return sample->runs[sample->run_count - 1].end;
}

/* Where the interpreter has none, the function is what can be shown. */
static uint32_t wanted_line(const struct python_sample *sample, uint32_t position)
{
	const struct python_run *run = sample->runs;

	while (position >= run->end)
		run++;
	return run->line == NO_LINE ? PYTHON_FIRST_LINE : run->line;
}

START_TEST(lines_are_those_of_the_interpreter)
{
	const struct python_sample *sample = &python_samples[_i];
	struct table code = code_of(sample);

	for (uint32_t at = 0; at < instructions_of(sample); at++) {
		uint32_t line = python_line(&code, at), wanted = wanted_line(sample, at);

		if (line != wanted)
			ck_abort_msg("Python %s: instruction %u: line %u, not %u", sample->version,
				     at, line, wanted);
	}
}
END_TEST

/* To 3.9 the last line has no end. */
START_TEST(positions_behind_the_code)
{
	const struct python_sample *sample = &python_samples[_i];
	uint32_t count = instructions_of(sample), wanted = PYTHON_FIRST_LINE;
	struct table code = code_of(sample);

	if (sample->lines == PYTHON_LINES_LNOTAB)
		wanted = wanted_line(sample, count - 1);
	ck_assert_uint_eq(python_line(&code, count), wanted);
	ck_assert_uint_eq(python_line(&code, count + 1000), wanted);
	/* Twice as many bytes would not fit 32 bits. */
	ck_assert_uint_eq(python_line(&code, 1u << 31), wanted);
	ck_assert_uint_eq(python_line(&code, UINT32_MAX), wanted);
}
END_TEST

/* On the heap and of just that size, so that a sanitizer sees who reads on. */
static uint8_t *copy_of(const uint8_t *table, uint32_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, table, bytes);
	return copy;
}

/* What is left of the table says the same as before, or nothing. A step of more than a byte holds has
 * parts in an lnotab, and may end between them. */
static void expect_line_of_prefix(const struct python_sample *sample, uint32_t at, uint32_t line)
{
	bool good;

	if (sample->lines == PYTHON_LINES_LNOTAB)
		good = line >= PYTHON_FIRST_LINE && line <= LAST_LINE;
	else
		good = line == PYTHON_FIRST_LINE || line == wanted_line(sample, at);
	if (!good)
		ck_abort_msg("Python %s: instruction %u: line %u", sample->version, at, line);
}

START_TEST(tables_that_are_cut)
{
	const struct python_sample *sample = &python_samples[_i];
	struct table code = code_of(sample);

	for (uint32_t bytes = 0; bytes < sample->table_bytes; bytes++) {
		uint8_t *table = copy_of(sample->table, bytes);

		code.bytes = table;
		code.code.lines_bytes = bytes;
		for (uint32_t at = 0; at < instructions_of(sample); at++)
			expect_line_of_prefix(sample, at, python_line(&code, at));
		ck_assert_uint_gt(python_line(&code, UINT32_MAX), 0);
		free(table);
	}
}
END_TEST

/* Each byte more tells as much or more. */
START_TEST(what_is_before_a_cut_stays)
{
	const struct python_sample *sample = &python_samples[_i];
	struct table code = code_of(sample);
	uint32_t known = 0;

	for (code.code.lines_bytes = 1; code.code.lines_bytes < sample->table_bytes;
	     code.code.lines_bytes++) {
		uint32_t at = 0;

		while (at < instructions_of(sample) &&
		       python_line(&code, at) == wanted_line(sample, at))
			at++;
		if (at < known)
			ck_abort_msg("Python %s: %u bytes tell less than before", sample->version,
				     code.code.lines_bytes);
		known = at;
	}
	ck_assert_uint_gt(known, 40);
}
END_TEST

START_TEST(no_table_at_all)
{
	struct table code = {.code = {.first_line = 77, .lines = kinds[_i]}};

	ck_assert_uint_eq(python_line(&code, 0), 77);
	ck_assert_uint_eq(python_line(&code, UINT32_MAX), 77);
}
END_TEST

START_TEST(tables_of_random_bytes)
{
	struct table code = {.code = {.lines = kinds[_i]}};

	srandom((unsigned)_i + 1);
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[100];

		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)random();
		code.code.first_line = (int32_t)(random() >> random() % 31);
		code.code.lines_bytes = (uint32_t)random() % sizeof bytes;
		code.bytes = copy_of(bytes, code.code.lines_bytes);
		for (uint32_t at = 0; at < 300; at += 1 + (uint32_t)random() % 30)
			if (python_line(&code, at) > INT32_MAX)
				ck_abort_msg("no such line");
		python_line(&code, (uint32_t)random() * 2);
		free((void *)(uintptr_t)code.bytes);
	}
}
END_TEST

/* One step back from line 3, by five: where that leads there is no line. */
static const uint8_t before_the_start[][4] = {{0, 251}, {200, 251}, {13 << 3 | 0x87, 11, 0, 0}};

START_TEST(lines_before_the_first_of_a_file_are_unknown)
{
	struct table code = {.code = {.first_line = 3, .lines = kinds[_i], .lines_bytes = 2},
			     .bytes = before_the_start[_i]};

	ck_assert_uint_eq(python_line(&code, 0), 0);
}
END_TEST

/* Tables of versions to come, and of which nothing is known. */
START_TEST(kinds_that_are_unknown)
{
	static const uint8_t unknown[] = {PYTHON_LINES_NONE, PYTHON_LINES_LOCATIONS + 1, UINT8_MAX};

	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		struct table code = code_of(&python_samples[0]);

		code.code.lines = unknown[i];
		ck_assert_uint_eq(python_line(&code, 0), PYTHON_FIRST_LINE);
		ck_assert_uint_eq(python_line(&code, 40), PYTHON_FIRST_LINE);
	}
}
END_TEST

static uint64_t address_of(uint64_t code, uint32_t line)
{
	return code << 32 | line;
}

static const struct symbol_frame *look_up(struct symbols *s, uint32_t module, uint64_t address)
{
	const struct symbol_frame *frames;
	uint32_t count = 0;

	frames = symbols_lookup(s, module, address, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert(!frames->inlined);
	return frames;
}

static const struct symbol_code codes[] = {{"first", "a.py"}, {"second", "b.py"}, {"", ""}};

START_TEST(symbols_name_functions_and_lines)
{
	struct symbols *s = symbols_new();
	const struct symbol_frame *frame;
	uint32_t module;

	ck_assert_uint_eq(symbols_add_module(s, "/nonexistent", NULL, 0), 0);
	module = symbols_add_python(s, codes, 3);
	ck_assert_uint_eq(module, 1);
	for (uint32_t i = 0; i < 2; i++) {
		for (uint32_t line = 0; line < 40; line += 3) {
			frame = look_up(s, module, address_of(i + 1, line));
			ck_assert_str_eq(frame->function, codes[i].name);
			ck_assert_str_eq(frame->file, codes[i].file);
			ck_assert_uint_eq(frame->line, line);
			ck_assert_str_eq(frame->language, "python");
		}
	}
	frame = look_up(s, module, address_of(2, 20));
	ck_assert_ptr_eq(look_up(s, module, address_of(2, 20)), frame);
	ck_assert_str_eq(symbols_module_note(s, module), "");
	symbols_free(s);
}
END_TEST

static void expect_nothing(struct symbols *s, uint32_t module, uint64_t address)
{
	const struct symbol_frame *frame = look_up(s, module, address);

	ck_assert_str_eq(frame->function, "");
	ck_assert_str_eq(frame->file, "");
	ck_assert_uint_eq(frame->line, 0);
}

START_TEST(symbols_of_unknown_codes)
{
	struct symbols *s = symbols_new();
	uint32_t module = symbols_add_python(s, codes, 3), empty;

	expect_nothing(s, module, address_of(0, 0));
	expect_nothing(s, module, address_of(0, 12));
	expect_nothing(s, module, address_of(4, 0));
	expect_nothing(s, module, address_of(UINT32_MAX, UINT32_MAX));
	ck_assert_str_eq(look_up(s, module, address_of(4, 0))->language, "python");
	/* A code object of which nothing is known. */
	expect_nothing(s, module, address_of(3, 0));
	empty = symbols_add_python(s, codes, 0);
	expect_nothing(s, empty, address_of(1, 0));
	empty = symbols_add_python(s, NULL, 0);
	expect_nothing(s, empty, address_of(1, 0));
	symbols_free(s);
}
END_TEST

/* Whoever asks for something that only native code has. */
START_TEST(symbols_have_no_variables_of_python)
{
	struct symbols *s = symbols_new();
	uint32_t module = symbols_add_python(s, codes, 1);
	int64_t offset = 1;

	ck_assert_str_eq(symbols_variable(s, module, address_of(1, 0))->name, "");
	ck_assert_str_eq(symbols_thread_variable(s, module, 0)->name, "");
	ck_assert_ptr_null(symbols_vtable(s, module, address_of(1, 0), &offset));
	symbols_free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lines of Python");
	TCase *all = tcase_create("lines of Python");
	int samples = (int)PYTHON_SAMPLES;

	tcase_add_loop_test(all, lines_are_those_of_the_interpreter, 0, samples);
	tcase_add_loop_test(all, positions_behind_the_code, 0, samples);
	tcase_add_loop_test(all, tables_that_are_cut, 0, samples);
	tcase_add_loop_test(all, what_is_before_a_cut_stays, 0, samples);
	tcase_add_loop_test(all, no_table_at_all, 0, 3);
	tcase_add_loop_test(all, tables_of_random_bytes, 0, 3);
	tcase_add_loop_test(all, lines_before_the_first_of_a_file_are_unknown, 0, 3);
	tcase_add_test(all, kinds_that_are_unknown);
	tcase_add_test(all, symbols_name_functions_and_lines);
	tcase_add_test(all, symbols_of_unknown_codes);
	tcase_add_test(all, symbols_have_no_variables_of_python);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
