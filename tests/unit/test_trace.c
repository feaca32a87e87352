/* SPDX-License-Identifier: MIT */
/*
 * test_trace.c - what the writer stores, the reader gives back: tables, losses, times.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "analyzer/trace/format.h"
#include "trace_fixture.h"
#include "suite.h"

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
		.flags = REGION_FORKED | REGION_DEEPBIND,
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
	char long_name[MARK_NAME_BYTES + 2];
	const struct trace_module *got_module;
	const struct trace_end *got_end;
	struct reader *r;

	memset(long_name, 'x', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
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
	writer_unrecorded(w, &(struct trace_unrecorded){UNRECORDED_MUSL, UINT64_MAX, "./\xfft"});
	writer_unrecorded(w, &(struct trace_unrecorded){UINT32_MAX, 0, NULL});
	ck_assert_uint_eq(writer_mark(w, "\xff mark\n"), 1);
	ck_assert_uint_eq(writer_mark(w, long_name), 2);
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
	ck_assert_uint_eq(reader_mark_count(r), 2);
	ck_assert_ptr_null(reader_mark(r, 0));
	ck_assert_str_eq(reader_mark(r, 1), "\xff mark\n");
	ck_assert_uint_eq(strlen(reader_mark(r, 2)), MARK_NAME_BYTES);
	ck_assert_ptr_null(reader_mark(r, 3));
	ck_assert_ptr_null(reader_mark(r, UINT64_MAX));
	ck_assert_int_eq(reader_child(r, 0)->pid, 8);
	ck_assert_str_eq(reader_child(r, 0)->trace_path, "c\n");
	ck_assert_uint_eq(reader_unrecorded_count(r), 2);
	ck_assert_uint_eq(reader_unrecorded(r, 0)->reason, UNRECORDED_MUSL);
	ck_assert_uint_eq(reader_unrecorded(r, 0)->times, UINT64_MAX);
	ck_assert_str_eq(reader_unrecorded(r, 0)->path, "./\xfft");
	ck_assert_uint_eq(reader_unrecorded(r, 1)->reason, UINT32_MAX);
	ck_assert_str_eq(reader_unrecorded(r, 1)->path, "");
	ck_assert_ptr_null(reader_unrecorded(r, 2));
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
		REQUIRE(writer_stack(w, frame->parent, frame->module, frame->address) == id);
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

		REQUIRE(frame->parent == frames[id].parent);
		REQUIRE(frame->module == frames[id].module);
		REQUIRE(frame->address == frames[id].address);
	}
	ck_assert_uint_eq(reader_stack(r, COUNT + 1)->parent, 0);
	ck_assert_uint_eq(reader_stack(r, COUNT + 1)->module, 0);
	ck_assert_ptr_null(reader_stack(r, 0));
	ck_assert_ptr_null(reader_stack(r, COUNT + 2));
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
	ck_assert_ptr_null(writer_new(path, &fixture_program));
	ck_assert_int_eq(errno, EEXIST);
	finish(w);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_ptr_null(writer_new("/nonexistent/folder/t", &fixture_program));
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

START_TEST(stamps_become_time)
{
	struct trace_program program = {
		.clock_kind = CLOCK_STAMP_TSC, .start_stamp = 1000, .start_monotonic_ns = 500};
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
	ck_assert_uint_eq(reader_stamp_at(r, 0), 0);
	ck_assert_uint_eq(reader_stamp_at(r, 500), 2000);
	ck_assert_uint_eq(reader_stamp_at(r, 1000), 3000);
	ck_assert_uint_eq(reader_stamp_at(r, 1500), 5000);
	ck_assert_uint_eq(reader_stamp_at(r, 3000), 10000);
	for (uint64_t ns = 1; ns < 4000; ns += 7) {
		uint64_t stamp = reader_stamp_at(r, ns);

		ck_assert_uint_ge(reader_elapsed_ns(r, stamp), ns);
		ck_assert_uint_lt(reader_elapsed_ns(r, stamp - 1), ns);
	}
	reader_free(r);
}
END_TEST

START_TEST(nanosecond_stamps_are_time)
{
	struct trace_program program = {
		.clock_kind = CLOCK_STAMP_NS, .start_stamp = 100, .start_monotonic_ns = 100};
	struct writer *w = writer_new(path, &program);
	struct reader *r;

	ck_assert_ptr_nonnull(w);
	writer_free(w);
	r = open_trace();
	ck_assert_uint_eq(reader_elapsed_ns(r, 350), 250);
	ck_assert_uint_eq(reader_elapsed_ns(r, 99), 0);
	ck_assert_uint_eq(reader_stamp_at(r, 250), 350);
	ck_assert_uint_eq(reader_stamp_at(r, UINT64_MAX), UINT64_MAX);
	reader_free(r);
}
END_TEST

static void limit_file_size(rlim_t most)
{
	struct rlimit value;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &value), 0);
	value.rlim_cur = most;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &value), 0);
}

/* A full disk, as far as an ordinary user can make one: writes fail from a size on. */
START_TEST(full_disk_leaves_a_readable_trace)
{
	enum { EVENTS = 200000 };
	struct trace_program program = {.exe = "/bin/x"};
	struct trace_end end = {.kind = TRACE_END_EXIT};
	struct writer *w = writer_new(path, &program);
	struct trace_event event;
	struct trace_error error;
	struct reader *r;
	uint64_t stored, read = 0;
	long size = 2000 + 997 * _i;

	ck_assert_ptr_nonnull(w);
	limit_file_size((rlim_t)size);
	srandom(7);
	for (int i = 1; i <= EVENTS; i++) {
		writer_event(w, &(struct trace_event){.stamp = (uint64_t)i,
						      .address = (uint64_t)random() * 16,
						      .thread = 1,
						      .kind = EVENT_ALLOC});
		if (i % 1000 == 0)
			writer_flush(w);
	}
	writer_lost(w, 5);
	ck_assert_int_eq(writer_error(w), EFBIG);
	stored = writer_events_stored(w);
	ck_assert_uint_eq(stored + writer_events_lost(w), EVENTS + 5);
	ck_assert_int_eq(writer_finish(w, &end), EFBIG);

	r = reader_new(path, &error);
	ck_assert_msg(r != NULL, "%s", error.message);
	while (reader_next(r, &event))
		read++;
	ck_assert_uint_eq(read, stored);
	ck_assert_ptr_null(reader_end(r));
	/* Cut back to the last whole chunk, so nothing is damaged. */
	ck_assert_ptr_null(reader_damage(r));
	ck_assert_uint_le(reader_file_bytes(r), (uint64_t)size);
	reader_free(r);
}
END_TEST

START_TEST(no_room_for_the_beginning_is_told_at_once)
{
	struct trace_program program = {.exe = "/bin/x"};

	limit_file_size(20);
	ck_assert_ptr_null(writer_new(path, &program));
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace");
	TCase *all = tcase_create("round trip");

	tcase_add_checked_fixture(all, make_folder, remove_folder);
	tcase_add_test(all, program_comes_back);
	tcase_add_test(all, missing_and_long_strings);
	tcase_add_test(all, tables_come_back);
	tcase_add_test(all, stacks_come_back);
	tcase_add_test(all, stamps_never_go_back);
	tcase_add_test(all, losses_are_counted_once);
	tcase_add_test(all, undefined_threads_get_defined);
	tcase_add_test(all, files_are_private_and_never_overwritten);
	tcase_add_test(all, live_traces_read_as_incomplete);
	tcase_add_test(all, stamps_become_time);
	tcase_add_test(all, nanosecond_stamps_are_time);
	tcase_add_loop_test(all, full_disk_leaves_a_readable_trace, 0, 8);
	tcase_add_test(all, no_room_for_the_beginning_is_told_at_once);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
