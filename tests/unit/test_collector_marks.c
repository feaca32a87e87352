/* SPDX-License-Identifier: MIT */
/*
 * test_collector_marks.c - marks come out of rings as they were set, and those of a hostile process
 * do no harm.
 */
#define _GNU_SOURCE
#include "analyzer/record/marks.h"
#include "analyzer/trace/tables.h"
#include "mock_target.h"
#include "suite.h"

static void push_mark(uint64_t bytes, unsigned level)
{
	push(0,
	     (struct event_record){.kind = EVENT_MARK, .size = bytes, .detail = (uint16_t)level});
}

static void push_piece(const char *text, unsigned piece, unsigned level)
{
	struct event_record record = {.kind = EVENT_MARK_NAME,
				      .detail = (uint16_t)(level + piece * MARK_PIECE)};
	char bytes[MARK_PIECE_BYTES] = {0};

	memcpy(bytes, text, strnlen(text, sizeof bytes));
	memcpy(&record.address, bytes, 8);
	memcpy(&record.size, bytes + 8, 8);
	push(0, record);
}

static void mark(const char *text)
{
	size_t bytes = strlen(text);

	push_mark(bytes, 0);
	for (unsigned piece = 0; piece * MARK_PIECE_BYTES < bytes; piece++)
		push_piece(text + piece * MARK_PIECE_BYTES, piece, 0);
}

static void begin(void)
{
	use_rings(1);
	target_hello(true);
	begin_thread(0, 1, 1);
}

/* The names of all marks in their order, each in brackets. */
static const char *names_of(struct reader *r)
{
	static char all[4096];
	struct trace_event event;
	char *at = all;

	*at = '\0';
	reader_rewind(r);
	while (reader_next(r, &event)) {
		const char *text = reader_mark(r, event.size);

		if (event.kind == EVENT_MARK)
			at += snprintf(at, (size_t)(all + sizeof all - at), "[%s]",
				       text ? text : "");
	}
	return all;
}

static void produce_marks(void)
{
	begin();
	mark("one");
	mark("sixteen bytes!!!");
	mark("");
	mark("a name that takes more than two records\n\xff");
	mark("one");
}

START_TEST(marks_come_out_in_order)
{
	struct reader *r = open_trace(record(produce_marks), "");

	ck_assert_str_eq(names_of(r), "[one][sixteen bytes!!!][]"
				      "[a name that takes more than two records\n\xff][one]");
	ck_assert_uint_eq(reader_mark_count(r), 3);
	ck_assert_uint_eq(end_of(r)->events_lost, 0);
	reader_free(r);
}
END_TEST

static void produce_nested(void)
{
	begin();
	push_mark(20, 0);
	push_piece("outer, first 16", 0, 0);
	push_mark(17, 1); /* by a handler that interrupts it */
	allocate(0, 4096, 0);
	push_piece("inner, which is ", 0, 1);
	push_piece("t", 1, 1);
	push_piece("last", 1, 0);
}

START_TEST(a_mark_inside_a_mark_is_one_of_its_own)
{
	struct reader *r = open_trace(record(produce_nested), "");

	ck_assert_str_eq(names_of(r), "[inner, which is t][outer, first 16]");
	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 1);
	ck_assert_uint_eq(end_of(r)->events_lost, 0);
	reader_free(r);
}
END_TEST

static void produce_hostile(void)
{
	begin();
	push_piece("of nothing", 0, 0);
	push_mark(UINT64_MAX, 0);
	push_piece("too long", 0, 0);
	push_mark(MARK_NAME_BYTES + 1, 0);
	push_mark(30, 0);
	push_piece("not the first", 1, 0);
	push_piece("of a lost one", 0, 0);
	push_mark(30, 1);
	push_mark(3, 1); /* the one before is not complete */
	push_piece("abcdefgh", 0, 1);
	push(0, (struct event_record){.kind = EVENT_MARK_NAME, .detail = UINT16_MAX});
	for (uint32_t thread = 2; thread < 100; thread++) {
		begin_thread(0, thread, thread);
		push_mark(30, 3);
	}
}

START_TEST(hostile_marks_are_counted_as_lost)
{
	struct reader *r = open_trace(record(produce_hostile), "");

	ck_assert_str_eq(names_of(r), "[abc]");
	ck_assert_uint_eq(end_of(r)->events_lost, 4 + 98);
	ck_assert_uint_eq(end_of(r)->events, 1);
	reader_free(r);
}
END_TEST

#define NAMES_TRIED 70000u

static void produce_names(void)
{
	char text[16];

	begin();
	for (unsigned i = 0; i < NAMES_TRIED; i++) {
		snprintf(text, sizeof text, "%u", i);
		mark(text);
	}
	mark("7");
}

START_TEST(names_beyond_the_limit_are_one)
{
	struct reader *r = open_trace(record(produce_names), "");
	struct trace_event event;
	unsigned count = 0;

	while (reader_next(r, &event)) {
		const char *text = reader_mark(r, event.size);

		if (!text)
			ck_abort_msg("mark %u has no name", count);
		if (count == NAMES_TRIED)
			ck_assert_str_eq(text, "7");
		else if (count < MARKS_NAMES_MAX - 1 ? (unsigned)atoi(text) != count
						     : strcmp(text, "others") != 0)
			ck_abort_msg("mark %u is %s", count, text);
		count++;
	}
	ck_assert_uint_eq(count, NAMES_TRIED + 1);
	ck_assert_uint_eq(reader_mark_count(r), MARKS_NAMES_MAX);
	reader_free(r);
}
END_TEST

START_TEST(impossible_names_are_refused)
{
	static const char text[MARK_NAME_BYTES + 2] = "";
	struct arena arena = {0};
	const char *got = NULL;

	for (size_t bytes = 0; bytes <= MARK_NAME_BYTES + 1; bytes++) {
		struct bytes record = {0};
		struct cursor from;

		bytes_put_string(&record, text, bytes);
		from = cursor_of(record.data, record.used);
		if (tables_take_mark(&from, &arena, &got) !=
		    (bytes > 0 && bytes <= MARK_NAME_BYTES))
			ck_abort_msg("%zu bytes", bytes);
		from = cursor_of(record.data, record.used - 1);
		if (tables_take_mark(&from, &arena, &got))
			ck_abort_msg("%zu bytes, cut", bytes);
		bytes_release(&record);
	}
	arena_release(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collector_marks");
	TCase *tcase = tcase_create("collector_marks");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, marks_come_out_in_order);
	tcase_add_test(tcase, a_mark_inside_a_mark_is_one_of_its_own);
	tcase_add_test(tcase, hostile_marks_are_counted_as_lost);
	tcase_add_test(tcase, names_beyond_the_limit_are_one);
	tcase_add_test(tcase, impossible_names_are_refused);
	return suite_run(suite);
}
