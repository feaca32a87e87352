/* SPDX-License-Identifier: MIT */
/* Names of Python's classes and strings, read out of a process that has made them by hand. */
#define _GNU_SOURCE
#include "taken_snapshot.h"
#include "suite.h"

#define PAGE 4096u
#define OBJECT_BYTES 256u
#define OBJECTS 2000u
#define INTERNED_ASCII (1u | 1u << 2 | 1u << 5 | 1u << 6)

static uint64_t class_type[32], string_type[32];
static uint32_t version;

/* With everything at offsets as CPython has them. */
static void make_string(char *at, const char *text, uint32_t state)
{
	uint64_t type = (uint64_t)(uintptr_t)string_type, length = strlen(text);

	memcpy(at + 8, &type, 8);
	memcpy(at + 16, &length, 8);
	memcpy(at + 32, &state, 4);
	strcpy(at + (version < 0x030c0000 ? 48 : 40), text);
}

static void make_class(char *at, const char *name)
{
	uint64_t type = (uint64_t)(uintptr_t)class_type, text = (uint64_t)(uintptr_t)name;

	memcpy(at + 8, &type, 8);
	memcpy(at + 24, &text, 8);
	at[32] = 48; /* bytes of an object, */
	at[40] = 8; /* of an item */
	at[169] = 1 << 6; /* flags */
}

/* Its objects are at values[0]; a page behind them cannot be read. */
static void run_with_objects(void)
{
	size_t bytes = (OBJECTS + 1) * OBJECT_BYTES / PAGE * PAGE + PAGE;
	char *at = mmap(NULL, bytes + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	char *last = at + bytes - 64, name[32];

	munmap(at + bytes, PAGE);
	strcpy(last, "LastOfThePage");
	make_string(at, "sessions", INTERNED_ASCII);
	make_string(at + OBJECT_BYTES, "not interned", INTERNED_ASCII & ~3u);
	make_string(at + 2 * OBJECT_BYTES, "wide", INTERNED_ASCII & ~(1u << 6));
	make_string(at + 3 * OBJECT_BYTES, "a\nb", INTERNED_ASCII);
	make_string(at + 4 * OBJECT_BYTES, "", INTERNED_ASCII);
	make_string(at + OBJECTS * OBJECT_BYTES, "__main__", INTERNED_ASCII & ~3u);
	make_class(at + 5 * OBJECT_BYTES, "Session");
	make_class(at + 6 * OBJECT_BYTES, last);
	make_class(at + 7 * OBJECT_BYTES, (const char *)16); /* cannot be read */
	for (unsigned i = 8; i < OBJECTS; i++) {
		snprintf(name, sizeof name, "name_%u", i);
		make_string(at + i * OBJECT_BYTES, name, INTERNED_ASCII);
	}
	/* A word like a type where no object has room. */
	memcpy(at + bytes - 8, &(uint64_t){(uint64_t)(uintptr_t)string_type}, 8);
	atomic_store(&shared->values[0], (uint64_t)(uintptr_t)at);
	announce(0);
	pause();
}

static const char *name_at(uint64_t address, uint32_t kind)
{
	for (uint32_t i = 0; i < taken->name_count; i++)
		if (taken->names[i].address == address && taken->names[i].kind == kind)
			return taken->names[i].text;
	return "none";
}

START_TEST(names_are_read)
{
	struct snapshot_request request = {.cause = TRACE_SNAPSHOT_REQUEST};
	unsigned count = 0;
	char name[32];
	uint64_t at;

	version = _i ? 0x030d00f0 : 0x030b02f0;
	request.names = (struct object_names_source){version, (uint64_t)(uintptr_t)class_type,
						     (uint64_t)(uintptr_t)string_type};
	program_start(run_with_objects);
	await(&shared->ready, 1);
	at = atomic_load(&shared->values[0]);
	end_snapshot(begin_snapshot(&request));
	ck_assert_str_eq(name_at(at, TRACE_NAME_STRING), "sessions");
	for (unsigned i = 1; i < 5; i++)
		ck_assert_str_eq(name_at(at + i * OBJECT_BYTES, TRACE_NAME_STRING), "none");
	ck_assert_str_eq(name_at(at + 5 * OBJECT_BYTES, TRACE_NAME_CLASS), "Session");
	/* Elsewhere the test itself has words like that, in what the program has from it. */
	for (uint32_t i = 0; i < taken->name_count; i++) {
		bool class = taken->names[i].kind == TRACE_NAME_CLASS;

		if (taken->names[i].address - at > OBJECTS * OBJECT_BYTES)
			continue;
		count++;
		ck_assert_uint_eq(taken->names[i].basic_bytes, class ? 48 : 0);
		ck_assert_uint_eq(taken->names[i].item_bytes, class ? 8 : 0);
		ck_assert_uint_eq(taken->names[i].flags, class ? 1u << 14 : 0);
	}
	ck_assert_str_eq(name_at(at + 6 * OBJECT_BYTES, TRACE_NAME_CLASS), "LastOfThePage");
	ck_assert_str_eq(name_at(at + 7 * OBJECT_BYTES, TRACE_NAME_CLASS), "none");
	for (unsigned i = 8; i < OBJECTS; i++) {
		snprintf(name, sizeof name, "name_%u", i);
		ck_assert_str_eq(name_at(at + i * OBJECT_BYTES, TRACE_NAME_STRING), name);
	}
	ck_assert_str_eq(name_at(at + OBJECTS * OBJECT_BYTES, TRACE_NAME_STRING), "__main__");
	ck_assert_uint_eq(count, OBJECTS - 8 + 4);
	for (uint32_t i = 1; i < taken->name_count; i++)
		ck_assert_uint_le(taken->names[i - 1].address, taken->names[i].address);
	forget_snapshot();
	program_kill();
}
END_TEST

/* Of a text that many strings have one of them, also where the text goes on in the next page. */
static void run_with_equal_strings(void)
{
	char *at = mmap(NULL, (2 * OBJECTS + 2) * OBJECT_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (unsigned i = 0; i < OBJECTS; i++) {
		make_string(at + i * OBJECT_BYTES + 200, "the same text of more than a word",
			    INTERNED_ASCII & ~3u);
		if (i % 2)
			make_string(at + (OBJECTS + 1 + i) * OBJECT_BYTES, "just enough",
				    INTERNED_ASCII & ~3u);
	}
	make_string(at + (OBJECTS + 1) * OBJECT_BYTES, "once", INTERNED_ASCII & ~3u);
	atomic_store(&shared->values[0], (uint64_t)(uintptr_t)at);
	announce(0);
	pause();
}

START_TEST(equal_strings_are_counted)
{
	struct snapshot_request request = {.cause = TRACE_SNAPSHOT_REQUEST};
	const struct trace_object_name *found[2] = {NULL};
	unsigned count = 0;
	uint64_t at;

	version = _i ? 0x030d00f0 : 0x030b02f0;
	request.names = (struct object_names_source){version, (uint64_t)(uintptr_t)class_type,
						     (uint64_t)(uintptr_t)string_type};
	program_start(run_with_equal_strings);
	await(&shared->ready, 1);
	at = atomic_load(&shared->values[0]);
	end_snapshot(begin_snapshot(&request));
	for (uint32_t i = 0; i < taken->name_count; i++)
		if (taken->names[i].kind == TRACE_NAME_EQUAL && count < 2)
			found[count++] = &taken->names[i];
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(found[0]->text, "the same text of more than a word");
	ck_assert_uint_eq(found[0]->count, OBJECTS);
	ck_assert_uint_eq(found[0]->basic_bytes, (_i ? 40 : 48) + 33 + 1);
	ck_assert_uint_eq((found[0]->address - at) % OBJECT_BYTES, 200);
	ck_assert_str_eq(found[1]->text, "just enough");
	ck_assert_uint_eq(found[1]->count, OBJECTS / 2);
	forget_snapshot();
	program_kill();
}
END_TEST

START_TEST(nothing_without_an_interpreter)
{
	struct snapshot_request request = {.cause = TRACE_SNAPSHOT_REQUEST};

	program_start(run_with_objects);
	await(&shared->ready, 1);
	end_snapshot(begin_snapshot(&request));
	ck_assert_uint_eq(taken->name_count, 0);
	forget_snapshot();
	program_kill();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot_names");
	TCase *tests = tcase_create("names");

	tcase_add_loop_test(tests, names_are_read, 0, 2);
	tcase_add_loop_test(tests, equal_strings_are_counted, 0, 2);
	tcase_add_test(tests, nothing_without_an_interpreter);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
