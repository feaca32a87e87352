/* SPDX-License-Identifier: MIT */
/*
 * test_trace.c - what the writer stores, the reader gives back, in the order it promises.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/trace/format.h"
#include "analyzer/trace/reader.h"
#include "analyzer/trace/source.h"
#include "analyzer/trace/writer.h"

static char folder[] = "/tmp/test_trace.XXXXXX";
static char path[sizeof folder + 16];

static const struct trace_program plain_program = {
	.exe = "/bin/true", .cwd = "/", .host = "h", .clock_kind = CLOCK_STAMP_NS};

static void make_folder(void)
{
	strcpy(folder, "/tmp/test_trace.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	strcpy(path, folder);
	strcat(path, "/t.tenure");
}

static void remove_folder(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static struct writer *start(void)
{
	struct writer *w = writer_new(path, &plain_program);

	ck_assert_ptr_nonnull(w);
	return w;
}

static void finish(struct writer *w)
{
	struct trace_end end = {.kind = TRACE_END_EXIT};

	ck_assert_int_eq(writer_finish(w, &end), 0);
}

static struct reader *open_trace(void)
{
	struct trace_error error;
	struct reader *r = reader_new(path, &error);

	ck_assert_msg(r != NULL, "%s", error.message);
	return r;
}

static void put(struct writer *w, thread_id thread, uint64_t stamp, uint8_t kind, uint64_t address,
		uint64_t size)
{
	writer_event(w, &(struct trace_event){.stamp = stamp,
					      .address = address,
					      .size = size,
					      .thread = thread,
					      .kind = kind});
}

static void expect(const struct trace_event *got, const struct trace_event *wanted)
{
	ck_assert_uint_eq(got->stamp, wanted->stamp);
	ck_assert_uint_eq(got->address, wanted->address);
	ck_assert_uint_eq(got->size, wanted->size);
	ck_assert_uint_eq(got->stack, wanted->stack);
	ck_assert_uint_eq(got->thread, wanted->thread);
	ck_assert_uint_eq(got->kind, wanted->kind);
	ck_assert_uint_eq(got->api, wanted->api);
	ck_assert_uint_eq(got->detail, wanted->detail);
}

static void expect_whole(struct reader *r)
{
	const struct trace_error *damage = reader_damage(r);

	ck_assert_msg(!damage, "%s", damage ? damage->message : "");
	ck_assert_ptr_nonnull(reader_end(r));
}

START_TEST(program_comes_back)
{
	static const char argv[] = "a\0b\nc\0\xff\x01\0";
	struct trace_program program = {
		.exe = "/opt/\xfe\"<b>",
		.cwd = "/tmp/new\nline",
		.host = "host",
		.argv = argv,
		.argv_bytes = sizeof argv - 1,
		.pid = 4711,
		.parent_pid = -1,
		.clock_kind = CLOCK_STAMP_TSC,
		.flags = REGION_FORKED | REGION_EXEC,
		.start_stamp = UINT64_MAX,
		.start_monotonic_ns = 1,
		.start_realtime_ns = 1ull << 60,
		.sample_interval_bytes = 524288,
	};
	struct writer *w = writer_new(path, &program);
	const struct trace_program *got;
	struct reader *r;

	ck_assert_ptr_nonnull(w);
	finish(w);
	r = open_trace();
	expect_whole(r);
	got = reader_program(r);
	ck_assert_str_eq(got->exe, program.exe);
	ck_assert_str_eq(got->cwd, program.cwd);
	ck_assert_str_eq(got->host, program.host);
	ck_assert_uint_eq(got->argv_bytes, sizeof argv - 1);
	ck_assert_mem_eq(got->argv, argv, sizeof argv - 1);
	ck_assert_int_eq(got->pid, 4711);
	ck_assert_int_eq(got->parent_pid, -1);
	ck_assert_uint_eq(got->clock_kind, CLOCK_STAMP_TSC);
	ck_assert_uint_eq(got->flags, program.flags);
	ck_assert_uint_eq(got->start_stamp, UINT64_MAX);
	ck_assert_uint_eq(got->start_monotonic_ns, 1);
	ck_assert_uint_eq(got->start_realtime_ns, 1ull << 60);
	ck_assert_uint_eq(got->sample_interval_bytes, 524288);
	reader_free(r);
}
END_TEST

START_TEST(missing_and_long_strings)
{
	static char longer[STRING_BYTES_MAX + 100];
	struct trace_program program = {.exe = longer};
	struct writer *w;
	struct reader *r;

	memset(longer, 'x', sizeof longer - 1);
	w = writer_new(path, &program);
	ck_assert_ptr_nonnull(w);
	finish(w);
	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(strlen(reader_program(r)->exe), STRING_BYTES_MAX);
	ck_assert_str_eq(reader_program(r)->cwd, "");
	ck_assert_uint_eq(reader_program(r)->argv_bytes, 0);
	reader_free(r);
}
END_TEST

START_TEST(tables_come_back)
{
	struct trace_module module = {.path = "/lib/\x80.so",
				      .bias = UINT64_MAX - 4095,
				      .start = 0x7f0000000000,
				      .end = 0x7f0000010000,
				      .load_stamp = 99,
				      .build_id = {1, 2, 3, 255},
				      .build_id_bytes = 20};
	struct trace_thread thread = {.id = 1, .tid = 77, .begin_stamp = 5};
	struct trace_end end = {.kind = TRACE_END_SIGNAL,
				.status = -9,
				.flags = REGION_DEEPBIND,
				.stamp = 1000,
				.monotonic_ns = 2000,
				.stacks_truncated = 3,
				.modules_lost = 4};
	struct writer *w = start();
	const struct trace_module *got_module;
	const struct trace_end *got_end;
	struct reader *r;

	ck_assert_uint_eq(writer_module(w, &module), 1);
	module.path = "";
	module.build_id_bytes = 0;
	ck_assert_uint_eq(writer_module(w, &module), 2);
	writer_thread(w, &thread);
	writer_flush(w);
	thread.end_stamp = 50;
	memcpy(thread.name, "sixteen bytes!!!", 16);
	writer_thread(w, &thread);
	writer_clock(w, &(struct trace_clock){1, 2});
	writer_clock(w, &(struct trace_clock){UINT64_MAX, UINT64_MAX});
	writer_memory(w, &(struct trace_memory){1, 2, 3, UINT64_MAX});
	writer_child(w, &(struct trace_child){.monotonic_ns = 6, .pid = 8, .trace_path = "c\n"});
	ck_assert_int_eq(writer_finish(w, &end), 0);

	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(reader_module_count(r), 2);
	ck_assert_ptr_null(reader_module(r, 0));
	ck_assert_ptr_null(reader_module(r, 3));
	got_module = reader_module(r, 1);
	ck_assert_str_eq(got_module->path, "/lib/\x80.so");
	ck_assert_uint_eq(got_module->bias, UINT64_MAX - 4095);
	ck_assert_uint_eq(got_module->start, 0x7f0000000000);
	ck_assert_uint_eq(got_module->end, 0x7f0000010000);
	ck_assert_uint_eq(got_module->load_stamp, 99);
	ck_assert_uint_eq(got_module->build_id_bytes, 20);
	ck_assert_mem_eq(got_module->build_id, module.build_id, 20);
	ck_assert_str_eq(reader_module(r, 2)->path, "");
	ck_assert_uint_eq(reader_module(r, 2)->build_id_bytes, 0);
	ck_assert_uint_eq(reader_thread_count(r), 1);
	ck_assert_int_eq(reader_thread(r, 0)->tid, 77);
	ck_assert_uint_eq(reader_thread(r, 0)->begin_stamp, 5);
	ck_assert_uint_eq(reader_thread(r, 0)->end_stamp, 50);
	ck_assert_mem_eq(reader_thread(r, 0)->name, "sixteen bytes!!!", 16);
	ck_assert_ptr_null(reader_thread(r, 1));
	ck_assert_uint_eq(reader_clock_count(r), 2);
	ck_assert_uint_eq(reader_clock(r, 1)->stamp, UINT64_MAX);
	ck_assert_uint_eq(reader_memory_count(r), 1);
	ck_assert_uint_eq(reader_memory(r, 0)->shared_bytes, UINT64_MAX);
	ck_assert_uint_eq(reader_child_count(r), 1);
	ck_assert_int_eq(reader_child(r, 0)->pid, 8);
	ck_assert_str_eq(reader_child(r, 0)->trace_path, "c\n");
	got_end = reader_end(r);
	ck_assert_uint_eq(got_end->kind, TRACE_END_SIGNAL);
	ck_assert_int_eq(got_end->status, -9);
	ck_assert_uint_eq(got_end->flags, REGION_DEEPBIND);
	ck_assert_uint_eq(got_end->stamp, 1000);
	ck_assert_uint_eq(got_end->monotonic_ns, 2000);
	ck_assert_uint_eq(got_end->stacks_truncated, 3);
	ck_assert_uint_eq(got_end->modules_lost, 4);
	ck_assert_uint_eq(got_end->events, 0);
	reader_free(r);
}
END_TEST

START_TEST(stacks_come_back)
{
	enum { COUNT = 50000, MODULES = 300 };
	static struct trace_frame frames[COUNT + 1];
	struct trace_module module = {.path = "m"};
	struct writer *w = start();
	struct reader *r;

	for (int i = 0; i < MODULES; i++)
		writer_module(w, &module);
	srandom(3);
	for (stack_id id = 1; id <= COUNT; id++) {
		struct trace_frame *frame = &frames[id];

		frame->parent = random() % 4 ? id - 1 : (stack_id)random() % id;
		/* Call sequences repeat: most frames follow from their parent's. */
		if (random() % 8) {
			frame->module = 1 + (module_id)(frames[frame->parent].address % MODULES);
			frame->address = frames[frame->parent].address * 7 % 1000 + 0x400000;
		} else {
			frame->module = (module_id)random() % (MODULES + 1);
			frame->address = (uint64_t)random() << 33 | (uint64_t)random();
		}
		ck_assert_uint_eq(
			writer_stack(w, frame->parent, frame->module, frame->address), id);
		if (random() % 5000 == 0)
			writer_flush(w);
	}
	/* What is not defined becomes "none": a reader would refuse it. */
	ck_assert_uint_eq(writer_stack(w, COUNT + 1, MODULES + 1, 9), COUNT + 1);
	finish(w);

	r = open_trace();
	expect_whole(r);
	ck_assert_uint_eq(reader_stack_count(r), COUNT + 1);
	for (stack_id id = 1; id <= COUNT; id++) {
		const struct trace_frame *frame = reader_stack(r, id);

		ck_assert_uint_eq(frame->parent, frames[id].parent);
		ck_assert_uint_eq(frame->module, frames[id].module);
		ck_assert_uint_eq(frame->address, frames[id].address);
	}
	ck_assert_uint_eq(reader_stack(r, COUNT + 1)->parent, 0);
	ck_assert_uint_eq(reader_stack(r, COUNT + 1)->module, 0);
	ck_assert_ptr_null(reader_stack(r, 0));
	ck_assert_ptr_null(reader_stack(r, COUNT + 2));
	reader_free(r);
}
END_TEST

START_TEST(equal_stamps_release_first_then_by_thread)
{
	static const struct {
		thread_id thread;
		uint8_t kind;
	} wanted[] = {{2, EVENT_FREE},	{3, EVENT_REALLOC_BEGIN}, {1, EVENT_ALLOC},
		      {1, EVENT_FREE},	{2, EVENT_ALLOC},	  {3, EVENT_REALLOC_END},
		      {4, EVENT_UNMAP}, {4, EVENT_MAP}};
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
static int by_rank(const void *left, const void *right)
{
	const struct trace_event *a = left, *b = right;
	bool a_enters = a->kind != EVENT_FREE && a->kind != EVENT_REALLOC_BEGIN &&
			a->kind != EVENT_UNMAP && a->kind != EVENT_REMAP_BEGIN;
	bool b_enters = b->kind != EVENT_FREE && b->kind != EVENT_REALLOC_BEGIN &&
			b->kind != EVENT_UNMAP && b->kind != EVENT_REMAP_BEGIN;

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
	static const uint8_t kinds[] = {EVENT_ALLOC,	   EVENT_ALLOC,	     EVENT_FREE,
					EVENT_FREE,	   EVENT_REALLOC_BEGIN, EVENT_REALLOC_END,
					EVENT_FAIL,	   EVENT_MAP,	     EVENT_UNMAP,
					EVENT_REMAP_BEGIN, EVENT_REMAP_END,  EVENT_BREAK,
					EVENT_FORK,	   200};
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
	stamps[thread] += random() % 50 ? 26 * (1 + (uint64_t)random() % 40) :
					  1 + (uint64_t)random() % 100000;
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
			ck_assert(reader_next(r, &event));
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
		ck_assert(reader_next(r, &event));
	reader_rewind(r);
	for (uint64_t i = 1; i <= 40000; i++) {
		ck_assert(reader_next(r, &event));
		ck_assert_uint_eq(event.stamp, i);
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
		ck_assert(reader_next(r, &event));
		ck_assert_uint_eq(event.stamp, i);
		ck_assert_uint_eq(event.address, i * 16);
	}
	ck_assert(!reader_next(r, &event));
	expect_whole(r);
	reader_free(r);
}
END_TEST

START_TEST(stamps_never_go_back)
{
	static const uint64_t wanted[] = {100, 100, 100, 101};
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;

	put(w, 1, 100, EVENT_ALLOC, 16, 1);
	put(w, 1, 40, EVENT_ALLOC, 32, 1);
	writer_flush(w);
	put(w, 1, 99, EVENT_ALLOC, 48, 1);
	put(w, 1, 101, EVENT_ALLOC, 64, 1);
	finish(w);
	r = open_trace();
	for (uint64_t i = 0; i < 4; i++) {
		ck_assert(reader_next(r, &event));
		ck_assert_uint_eq(event.stamp, wanted[i]);
		ck_assert_uint_eq(event.address, 16 * (i + 1));
	}
	ck_assert(!reader_next(r, &event));
	expect_whole(r);
	reader_free(r);
}
END_TEST

START_TEST(losses_are_counted_once)
{
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;
	uint64_t told = 0;

	put(w, 1, 1, EVENT_LOST, 0, 5);
	writer_lost(w, 7);
	writer_flush(w);
	writer_lost(w, 30);
	put(w, 0, 1, EVENT_ALLOC, 16, 1); /* no thread has this number */
	ck_assert_uint_eq(writer_events_lost(w), 43);
	finish(w);
	r = open_trace();
	while (reader_next(r, &event))
		told += event.size;
	ck_assert_uint_eq(told, 5);
	ck_assert_uint_eq(reader_lost(r), 37);
	ck_assert_uint_eq(reader_end(r)->events_lost, 43);
	ck_assert_uint_eq(reader_end(r)->events, 1);
	reader_free(r);
}
END_TEST

START_TEST(undefined_threads_get_defined)
{
	struct writer *w = start();
	struct reader *r;

	put(w, 5, 70, EVENT_ALLOC, 16, 1);
	finish(w);
	r = open_trace();
	ck_assert_uint_eq(reader_thread_count(r), 1);
	ck_assert_uint_eq(reader_thread(r, 0)->id, 5);
	ck_assert_uint_eq(reader_thread(r, 0)->begin_stamp, 70);
	reader_free(r);
}
END_TEST

START_TEST(files_are_private_and_never_overwritten)
{
	struct writer *w = start();
	struct stat status;

	umask(0);
	ck_assert_ptr_null(writer_new(path, &plain_program));
	ck_assert_int_eq(errno, EEXIST);
	finish(w);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_ptr_null(writer_new("/nonexistent/folder/t", &plain_program));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* A trace that is still being written reads up to the last flush. */
START_TEST(live_traces_read_as_incomplete)
{
	struct writer *w = start();
	struct trace_event event;
	struct reader *r;

	put(w, 1, 1, EVENT_ALLOC, 16, 1);
	writer_flush(w);
	put(w, 1, 2, EVENT_ALLOC, 32, 1);
	r = open_trace();
	ck_assert(reader_next(r, &event));
	ck_assert(!reader_next(r, &event));
	ck_assert_ptr_null(reader_end(r));
	ck_assert_ptr_null(reader_damage(r));
	reader_free(r);
	writer_free(w);
	r = open_trace();
	ck_assert(reader_next(r, &event));
	ck_assert(reader_next(r, &event));
	ck_assert_uint_eq(event.address, 32);
	ck_assert(!reader_next(r, &event));
	ck_assert_ptr_null(reader_end(r));
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
		ck_assert(reader_next(r, &events[i]));
	expect_whole(r);
	reader_free(r);

	ck_assert_int_eq(truncate(path, (off_t)find_index()), 0);
	r = open_trace();
	ck_assert_uint_eq(reader_stack_count(r), COUNT / 10000);
	for (int i = 0; i < COUNT; i++) {
		ck_assert(reader_next(r, &event));
		expect(&event, &events[i]);
	}
	ck_assert(!reader_next(r, &event));
	ck_assert_ptr_null(reader_damage(r));
	ck_assert_ptr_null(reader_end(r));
	reader_free(r);
	free(events);
}
END_TEST

START_TEST(stamps_become_time)
{
	struct trace_program program = {.clock_kind = CLOCK_STAMP_TSC,
					.start_stamp = 1000,
					.start_monotonic_ns = 500};
	struct trace_end end = {.stamp = 7000, .monotonic_ns = 2500};
	struct writer *w = writer_new(path, &program);
	struct reader *r;

	ck_assert_ptr_nonnull(w);
	writer_clock(w, &(struct trace_clock){3000, 1500});
	writer_clock(w, &(struct trace_clock){4000, 100}); /* contradicts the one before */
	ck_assert_int_eq(writer_finish(w, &end), 0);
	r = open_trace();
	ck_assert_uint_eq(reader_elapsed_ns(r, 1000), 0);
	ck_assert_uint_eq(reader_elapsed_ns(r, 10), 0);
	ck_assert_uint_eq(reader_elapsed_ns(r, 2000), 500);
	ck_assert_uint_eq(reader_elapsed_ns(r, 3000), 1000);
	ck_assert_uint_eq(reader_elapsed_ns(r, 5000), 1500);
	ck_assert_uint_eq(reader_elapsed_ns(r, 7000), 2000);
	ck_assert_uint_eq(reader_elapsed_ns(r, 10000), 3000);
	ck_assert_uint_ge(reader_elapsed_ns(r, UINT64_MAX), UINT64_MAX / 4);
	reader_free(r);
}
END_TEST

START_TEST(nanosecond_stamps_are_time)
{
	struct trace_program program = {.clock_kind = CLOCK_STAMP_NS,
					.start_stamp = 100,
					.start_monotonic_ns = 100};
	struct writer *w = writer_new(path, &program);
	struct reader *r;

	ck_assert_ptr_nonnull(w);
	writer_free(w);
	r = open_trace();
	ck_assert_uint_eq(reader_elapsed_ns(r, 350), 250);
	ck_assert_uint_eq(reader_elapsed_ns(r, 99), 0);
	reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace");
	TCase *all = tcase_create("round trip");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, make_folder, remove_folder);
	tcase_set_timeout(all, 120);
	tcase_add_test(all, program_comes_back);
	tcase_add_test(all, missing_and_long_strings);
	tcase_add_test(all, tables_come_back);
	tcase_add_test(all, stacks_come_back);
	tcase_add_test(all, equal_stamps_release_first_then_by_thread);
	tcase_add_loop_test(all, random_streams_come_back_sorted, 0, 14);
	tcase_add_test(all, rewinding_midway_starts_again);
	tcase_add_test(all, many_threads_and_chunks);
	tcase_add_test(all, stamps_never_go_back);
	tcase_add_test(all, losses_are_counted_once);
	tcase_add_test(all, undefined_threads_get_defined);
	tcase_add_test(all, files_are_private_and_never_overwritten);
	tcase_add_test(all, live_traces_read_as_incomplete);
	tcase_add_test(all, index_is_only_a_shortcut);
	tcase_add_test(all, stamps_become_time);
	tcase_add_test(all, nanosecond_stamps_are_time);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
