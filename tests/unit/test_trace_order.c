/* SPDX-License-Identifier: MIT */
/*
 * test_trace_order.c - events come back as they went in, in the one order of all threads.
 */
#include "analyzer/trace/format.h"
#include "analyzer/trace/source.h"
#include "trace_fixture.h"
#include "suite.h"

START_TEST(equal_stamps_release_first_then_by_thread)
{
	static const struct {
		thread_id thread;
		uint8_t kind;
	} wanted[] = {{2, EVENT_FREE},	{3, EVENT_REALLOC_BEGIN}, {1, EVENT_ALLOC}, {1, EVENT_FREE},
		      {2, EVENT_ALLOC}, {3, EVENT_REALLOC_END},	  {4, EVENT_UNMAP}, {4, EVENT_MAP}};
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;

	/* A thread's own order stands above: thread 1 allocates and releases in the same tick. */
	put(w, 3, 10, EVENT_REALLOC_BEGIN, 0x30, 0);
	put(w, 3, 10, EVENT_REALLOC_END, 0x40, 9);
	put(w, 1, 10, EVENT_ALLOC, 0x10, 1);
	put(w, 1, 10, EVENT_FREE, 0x10, 0);
	put(w, 2, 10, EVENT_FREE, 0x50, 0);
	put(w, 2, 10, EVENT_ALLOC, 0x50, 4);
	put(w, 4, 11, EVENT_UNMAP, 0x1000, 4096);
	put(w, 4, 11, EVENT_MAP, 0x1000, 4096);
	finish(w);
	r = open_trace();
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		ck_assert(reader_next(r, &event));
		ck_assert_uint_eq(event.thread, wanted[i].thread);
		ck_assert_uint_eq(event.kind, wanted[i].kind);
	}
	ck_assert(!reader_next(r, &event));
	expect_whole(r);
	reader_free(r);
}
END_TEST

/* Order of the file for streams in which the stamps of each thread differ. */
static bool enters(const struct trace_event *event)
{
	static const uint8_t leaving[] = {EVENT_FREE, EVENT_REALLOC_BEGIN, EVENT_UNMAP,
					  EVENT_REMAP_BEGIN, EVENT_ARENA_END};

	return !memchr(leaving, event->kind, sizeof leaving);
}

static int by_rank(const void *left, const void *right)
{
	const struct trace_event *a = left, *b = right;
	bool a_enters = enters(a), b_enters = enters(b);

	if (a->stamp != b->stamp)
		return a->stamp < b->stamp ? -1 : 1;
	if (a_enters != b_enters)
		return a_enters ? 1 : -1;
	return (a->thread > b->thread) - (a->thread < b->thread);
}

static uint64_t random_wide(void)
{
	static const uint64_t corners[] = {0, 1, 8, 15, 16, 4096, UINT64_MAX, 1ull << 63};

	if (random() % 4 == 0)
		return corners[random() % 8];
	return (uint64_t)random() >> random() % 31 << random() % 34;
}

static struct trace_event random_event(thread_id threads, stack_id stacks, uint64_t *stamps)
{
	static const uint8_t kinds[] = {
		EVENT_ALLOC,	     EVENT_ALLOC,	EVENT_FREE,	 EVENT_FREE,
		EVENT_REALLOC_BEGIN, EVENT_REALLOC_END, EVENT_FAIL,	 EVENT_MAP,
		EVENT_UNMAP,	     EVENT_REMAP_BEGIN, EVENT_REMAP_END, EVENT_BREAK,
		EVENT_FORK,	     EVENT_ARENA,	EVENT_ARENA_END, 200};
	thread_id thread = 1 + (thread_id)random() % threads;
	struct trace_event event = {
		.thread = thread,
		.kind = kinds[(size_t)random() % sizeof kinds],
		.stack = random() % 3 ? 1 + (stack_id)random() % 3 : (stack_id)random() % stacks,
		/* Few addresses, so that blocks come and go, and now and then any. */
		.address = random() % 8 ? 0x10000 + (uint64_t)(random() % 64) * 16 : random_wide(),
	};

	if (event.kind != EVENT_FREE || random() % 8 == 0)
		event.size = random() % 4 ? (uint64_t)(random() % 3) * 24 : random_wide();
	if (random() % 16 == 0) {
		event.api = (uint8_t)random();
		event.detail = (uint16_t)random();
	}
	/* A clock that ticks by 26, but not always. */
	stamps[thread] += random() % 50 ? 26 * (1 + (uint64_t)random() % 40)
					: 1 + (uint64_t)random() % 100000;
	event.stamp = stamps[thread];
	return event;
}

START_TEST(random_streams_come_back_sorted)
{
	enum { COUNT = 60000, THREADS = 7, STACKS = 500 };
	struct trace_event *events = calloc(COUNT, sizeof *events);
	uint64_t stamps[THREADS + 1] = {0};
	thread_id threads = 1 + (thread_id)_i % THREADS;
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;

	srandom((unsigned)_i + 1);
	for (int i = 0; i < STACKS; i++)
		writer_stack(w, 0, 0, 4096);
	for (int i = 0; i < COUNT; i++) {
		events[i] = random_event(threads, STACKS, stamps);
		writer_event(w, &events[i]);
		if (random() % 3000 == 0)
			writer_flush(w);
	}
	ck_assert_uint_eq(writer_events_stored(w), COUNT);
	finish(w);
	qsort(events, COUNT, sizeof *events, by_rank);

	r = open_trace();
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < COUNT; i++) {
			REQUIRE(reader_next(r, &event));
			expect(&event, &events[i]);
		}
		ck_assert(!reader_next(r, &event));
		ck_assert(!reader_next(r, &event));
		reader_rewind(r);
	}
	expect_whole(r);
	ck_assert_uint_eq(reader_end(r)->events, COUNT);
	reader_free(r);
	free(events);
}
END_TEST

START_TEST(rewinding_midway_starts_again)
{
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;

	for (uint64_t i = 1; i <= 40000; i++)
		put(w, 1 + i % 3, i, EVENT_ALLOC, i * 32, 8);
	finish(w);
	r = open_trace();
	for (int i = 0; i < 30000; i++)
		REQUIRE(reader_next(r, &event));
	reader_rewind(r);
	for (uint64_t i = 1; i <= 40000; i++) {
		REQUIRE(reader_next(r, &event));
		REQUIRE(event.stamp == i);
	}
	ck_assert(!reader_next(r, &event));
	reader_free(r);
}
END_TEST

/* Programs with many short threads: tens of thousands of streams and chunks. */
START_TEST(many_threads_and_chunks)
{
	enum { THREADS = 30000, ROUNDS = 3 };
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;
	uint64_t stamp = 0;

	for (int round = 0; round < ROUNDS; round++) {
		for (thread_id id = 1; id <= THREADS; id++) {
			stamp++;
			put(w, id, stamp, EVENT_ALLOC, stamp * 16, id);
		}
		writer_flush(w);
	}
	finish(w);
	r = open_trace();
	ck_assert_uint_eq(reader_thread_count(r), THREADS);
	for (uint64_t i = 1; i <= stamp; i++) {
		REQUIRE(reader_next(r, &event));
		REQUIRE(event.stamp == i);
		REQUIRE(event.address == i * 16);
	}
	ck_assert(!reader_next(r, &event));
	expect_whole(r);
	reader_free(r);
}
END_TEST

static uint64_t find_index(void)
{
	uint64_t offset = FILE_HEADER_BYTES;
	struct chunk_header header;
	struct source source;

	ck_assert(source_open(&source, path));
	while (source_header(&source, offset, &header) && header.type != CHUNK_INDEX)
		offset = source_next(offset, &header);
	ck_assert(!source.damaged);
	source_release(&source);
	return offset;
}

/* Walking the chunks finds the same as the index. */
START_TEST(index_is_only_a_shortcut)
{
	enum { COUNT = 100000 };
	struct trace_event *events = calloc(COUNT, sizeof *events);
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;

	for (uint64_t i = 1; i <= COUNT; i++) {
		if (i % 10000 == 0)
			writer_stack(w, (stack_id)(i / 20000), 0, i);
		writer_event(w, &(struct trace_event){.stamp = i * 3,
						      .address = i * 48,
						      .size = i % 7,
						      .stack = (stack_id)(i / 10000),
						      .thread = 1 + (thread_id)(i % 5),
						      .kind = EVENT_ALLOC});
	}
	finish(w);
	r = open_trace();
	for (int i = 0; i < COUNT; i++)
		REQUIRE(reader_next(r, &events[i]));
	expect_whole(r);
	reader_free(r);

	ck_assert_int_eq(truncate(path, (off_t)find_index()), 0);
	r = open_trace();
	ck_assert_uint_eq(reader_stack_count(r), COUNT / 10000);
	for (int i = 0; i < COUNT; i++) {
		REQUIRE(reader_next(r, &event));
		expect(&event, &events[i]);
	}
	ck_assert(!reader_next(r, &event));
	ck_assert_ptr_null(reader_damage(r));
	ck_assert_ptr_null(reader_end(r));
	reader_free(r);
	free(events);
}
END_TEST

/* As many events of a thread as there is room for, or `count`. Returns how many. */
static uint64_t put_many(struct writer *w, thread_id thread, uint64_t first, uint64_t count)
{
	size_t room = 0;
	struct event_record *records = writer_room(w, thread, &room);

	REQUIRE(records && room);
	if (count > room)
		count = room;
	for (uint64_t i = 0; i < count; i++)
		records[i] = (struct event_record){.stamp = 1000 + first + i,
						   .address = (first + i) * 16,
						   .size = thread,
						   .kind = EVENT_ALLOC};
	writer_commit(w, thread, count);
	return count;
}

/* More than may wait for the encoder: few threads with many events, or many threads with few. */
START_TEST(bursts_come_back_whole)
{
	static const struct {
		thread_id threads;
		uint64_t events;
	} burst[] = {{3, 800000}, {9000, 300}};
	thread_id threads = burst[_i].threads;
	uint64_t *seen = calloc(threads, sizeof *seen);
	struct writer *w = start();
	struct trace_event event;
	bool was_behind = false;
	struct reader *r;

	for (uint64_t done = 0; done < burst[_i].events; done += 100) {
		for (thread_id thread = 1; thread <= threads; thread++)
			for (uint64_t at = done; at < done + 100;)
				at += put_many(w, thread, at, done + 100 - at);
		was_behind |= writer_is_behind(w);
	}
	ck_assert_int_eq(was_behind, burst[_i].events > EVENTS_PER_CHUNK_MAX);
	ck_assert_int_eq(writer_write_chunk(w), was_behind);
	ck_assert_uint_eq(writer_last_stamp(w), 999 + burst[_i].events);
	finish(w);
	r = open_trace();
	while (reader_next(r, &event)) {
		uint64_t at = seen[event.thread - 1]++;

		REQUIRE(event.stamp == 1000 + at && event.address == at * 16);
		REQUIRE(event.size == event.thread);
	}
	for (thread_id i = 0; i < threads; i++)
		REQUIRE(seen[i] == burst[_i].events);
	expect_whole(r);
	reader_free(r);
	free(seen);
}
END_TEST

START_TEST(descending_stamps_are_raised)
{
	static const uint64_t given[] = {50, 40, 60, 59, 10};
	static const uint64_t wanted[] = {50, 50, 60, 60, 60};
	struct writer *w = start();
	struct event_record *records;
	struct trace_event event;
	struct reader *r;
	size_t room;

	ck_assert_ptr_null(writer_room(w, 0, &room));
	ck_assert_ptr_null(writer_room(w, THREAD_ID_MAX + 1, &room));
	records = writer_room(w, 1, &room);
	for (int i = 0; i < 3; i++)
		records[i] = (struct event_record){.stamp = given[i], .kind = EVENT_ALLOC};
	writer_commit(w, 1, 3);
	writer_flush(w);
	put(w, 1, given[3], EVENT_ALLOC, 0, 0);
	put(w, 1, given[4], EVENT_ALLOC, 0, 0);
	finish(w);
	r = open_trace();
	for (int i = 0; i < 5; i++) {
		ck_assert(reader_next(r, &event));
		ck_assert_uint_eq(event.stamp, wanted[i]);
	}
	ck_assert(!reader_next(r, &event));
	reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace order");
	TCase *all = tcase_create("events");

	tcase_add_checked_fixture(all, make_folder, remove_folder);
	tcase_add_test(all, equal_stamps_release_first_then_by_thread);
	tcase_add_loop_test(all, random_streams_come_back_sorted, 0, 14);
	tcase_add_test(all, rewinding_midway_starts_again);
	tcase_add_test(all, many_threads_and_chunks);
	tcase_add_test(all, index_is_only_a_shortcut);
	tcase_add_loop_test(all, bursts_come_back_whole, 0, 2);
	tcase_add_test(all, descending_stamps_are_raised);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
