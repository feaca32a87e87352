/* SPDX-License-Identifier: MIT */
/* The collector against processes that behave, however they end. */
#define _GNU_SOURCE
#include "../../analyzer/record/collector.h"

#include <gnu/libc-version.h>
#include <linux/futex.h>

#include "mock_target.h"
#include "suite.h"

#define MANY 5000u

/* Every third record interrupted what stands before it: its stamp is the lower one. */
static void produce_nested(void)
{
	use_rings(SLOTS);
	target_hello(true);
	for (uint32_t i = 0; i < SLOTS; i++)
		begin_thread(i, 1000 + i, i + 1);
	for (uint64_t n = 0; n < MANY; n++) {
		for (uint32_t i = 0; i < SLOTS; i++) {
			struct event_record outer = {
				.kind = EVENT_ALLOC, .address = n * 16 + 16, .size = n};
			struct event_record inner = {.kind = EVENT_FREE, .address = n * 16 + 8};

			inner.stamp = now_ns();
			outer.stamp = now_ns() + 1;
			put(i, 0, outer);
			put(i, 1, inner);
			publish(i, 2);
		}
	}
}

START_TEST(everything_sent_is_stored)
{
	pid_t pid = record(produce_nested);
	struct reader *r = open_trace(pid, "");
	uint64_t next[SLOTS] = {0};
	struct trace_event event;

	ck_assert_uint_eq(reader_thread_count(r), SLOTS);
	while (reader_next(r, &event)) {
		ck_assert(event.thread >= 1 && event.thread <= SLOTS);
		/* In order of stamps, each inner record comes before its outer one. */
		if (event.kind == EVENT_FREE)
			ck_assert_uint_eq(event.address, next[event.thread - 1] * 16 + 8);
		else
			ck_assert_uint_eq(event.address, next[event.thread - 1]++ * 16 + 16);
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		ck_assert_uint_eq(next[i], MANY);
		ck_assert_int_eq(reader_thread(r, i)->tid, (int)(1000 + i));
	}
	ck_assert_uint_eq(end_of(r)->events, 2 * SLOTS * MANY);
	ck_assert_uint_eq(end_of(r)->events_lost, 0);
	ck_assert_int_eq(reader_program(r)->pid, pid);
	ck_assert_int_eq(reader_program(r)->parent_pid, getpid());
	ck_assert_str_eq(reader_program(r)->exe, "/bin/mock");
	ck_assert_uint_eq(reader_program(r)->argv_bytes, 9);
	ck_assert_mem_eq(reader_program(r)->argv, "mock\0a\nb\0", 9);
	ck_assert_uint_ge(reader_clock_count(r), 2);
	ck_assert_uint_ge(reader_memory_count(r), 1);
	ck_assert_uint_gt(reader_memory(r, 0)->resident_bytes, 0);
	reader_free(r);
}
END_TEST

static void produce_and_die(void)
{
	use_rings(1);
	target_hello(true);
	begin_thread(0, (uint32_t)getpid(), 1);
	for (uint64_t n = 1; n <= 1000; n++)
		allocate(0, n * 16, 0);
	kill(getpid(), SIGKILL);
}

START_TEST(a_killed_process_loses_nothing)
{
	struct reader *r = open_trace(record(produce_and_die), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 1000);
	ck_assert_uint_eq(end_of(r)->kind, TRACE_END_UNKNOWN);
	ck_assert_uint_eq(end_of(r)->events_lost, 0);
	ck_assert_uint_ne(reader_thread(r, 0)->name[0], 0);
	reader_free(r);
}
END_TEST

static void produce_without_pidfd(void)
{
	use_rings(1);
	target_hello(false);
	begin_thread(0, (uint32_t)getpid(), 1);
	allocate(0, 16, 0);
	store_relaxed(&target.header->end_status, 7);
	store_release(&target.header->end_kind, END_QUICK_EXIT);
	usleep(50000);
	allocate(0, 32, 0);
}

START_TEST(the_process_says_how_it_ends)
{
	struct reader *r = open_trace(record(produce_without_pidfd), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 2);
	ck_assert_uint_eq(end_of(r)->kind, TRACE_END_QUICK_EXIT);
	ck_assert_int_eq(end_of(r)->status, 7);
	reader_free(r);
}
END_TEST

static void produce_stacks(void)
{
	use_rings(1);
	add_module("", 0x400000, 0, 0);
	add_module("/lib/old.so", 0x7f0000000000, 0x7f0000000000, 0);
	target_hello(true);
	begin_thread(0, 1, 1);
	add_node(3, 0, 0x400123);
	add_node(1, 3, 0x7f0000000456); /* a parent may have the higher number */
	allocate(0, 16, 1);
	add_module("/lib/new.so", 0x7f0000000000, 0x7effffff0000, 5);
	add_node(4, 3, 0x7f0000000456 | 5ull << FRAME_ADDRESS_BITS);
	allocate(0, 32, 4);
	add_node(5, 3, 0x123456789); /* in no module */
	add_node(6, 5, FRAME_GAP);
	allocate(0, 48, 6);
	allocate(0, 64, 1);
}

static void expect_frame(struct reader *r, stack_id *stack, const char *path, uint64_t address)
{
	const struct trace_frame *frame = reader_stack(r, *stack);

	ck_assert_ptr_nonnull(frame);
	ck_assert_uint_eq(frame->address, address);
	if (path)
		ck_assert_str_eq(reader_module(r, frame->module)->path, path);
	else
		ck_assert_uint_eq(frame->module, 0);
	*stack = frame->parent;
}

START_TEST(stacks_name_the_right_module)
{
	struct reader *r = open_trace(record(produce_stacks), "");
	stack_id stacks[4], first;
	struct trace_event event;

	for (int i = 0; i < 4; i++) {
		ck_assert(reader_next(r, &event));
		stacks[i] = event.stack;
	}
	first = stacks[0];
	ck_assert_uint_eq(stacks[3], first);
	expect_frame(r, &stacks[0], "/lib/old.so", 0x456);
	expect_frame(r, &stacks[0], "/bin/mock", 0x400123);
	ck_assert_uint_eq(stacks[0], 0);
	expect_frame(r, &stacks[1], "/lib/new.so", 0x10456);
	expect_frame(r, &stacks[1], "/bin/mock", 0x400123);
	expect_frame(r, &stacks[2], NULL, FRAME_GAP);
	expect_frame(r, &stacks[2], NULL, 0x123456789);
	expect_frame(r, &stacks[2], "/bin/mock", 0x400123);
	ck_assert_uint_eq(reader_stack_count(r), 5);
	reader_free(r);
}
END_TEST

/* Code of a library that is in no table entry: this test's own libc. */
static void produce_unannounced_library(void)
{
	use_rings(1);
	target_hello(true);
	begin_thread(0, 1, 1);
	add_node(1, 0, (uintptr_t)&gnu_get_libc_version);
	allocate(0, 16, 1);
	usleep(50000);
}

START_TEST(libraries_are_found_in_the_mappings)
{
	struct reader *r = open_trace(record(produce_unannounced_library), "");
	const struct trace_module *module;
	struct trace_event event;

	ck_assert(reader_next(r, &event));
	module = reader_module(r, reader_stack(r, event.stack)->module);
	ck_assert_ptr_nonnull(module);
	ck_assert_ptr_nonnull(strstr(module->path, "libc"));
	ck_assert_uint_eq(module->bias + reader_stack(r, event.stack)->address,
			  (uintptr_t)&gnu_get_libc_version);
	ck_assert_uint_eq(module->bias % PAGE, 0);
	ck_assert_uint_gt(module->build_id_bytes, 0);
	reader_free(r);
}
END_TEST

static void produce_losses(void)
{
	use_rings(2);
	target_hello(true);
	begin_thread(0, 1, 1);
	allocate(0, 16, 0);
	push(0, (struct event_record){.kind = EVENT_LOST, .size = 5});
	allocate(0, 32, 0);
	store_relaxed(&ring(0)->lost, 7); /* two more at the end */
	store_relaxed(&ring(1)->lost, 1);
	push(1, (struct event_record){.kind = EVENT_NONE});
	push(1, (struct event_record){.kind = 200});
	atomic_store(&target.header->events_unattached, 3);
}

START_TEST(losses_are_counted_once)
{
	struct reader *r = open_trace(record(produce_losses), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 2);
	ck_assert_uint_eq(count_events(r, EVENT_LOST), 1);
	ck_assert_uint_eq(reader_lost(r), 2 + 1 + 2 + 3);
	ck_assert_uint_eq(end_of(r)->events_lost, 5 + 2 + 1 + 2 + 3);
	ck_assert_uint_eq(collector_summary(collector)->lost, 13);
	reader_free(r);
}
END_TEST

static void produce_broken_head(void)
{
	use_rings(2);
	begin_thread(0, 1, 1);
	begin_thread(1, 2, 2);
	target_hello(true);
	store_release(&ring(0)->head, 1000000);
	for (uint64_t n = 1; n <= 500; n++)
		allocate(1, n * 16, 0);
	/* Whoever writes there shall not wait for room. */
	while (load_acquire(&ring(0)->tail) != 1000000)
		usleep(100);
	store_release(&ring(0)->head, 1000001);
}

START_TEST(a_broken_ring_is_counted_and_left_alone)
{
	struct reader *r = open_trace(record(produce_broken_head), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 500);
	ck_assert_uint_eq(end_of(r)->events_lost, EVENTS);
	ck_assert_uint_eq(collector_summary(collector)->broken_rings, 1);
	reader_free(r);
}
END_TEST

/* Threads that come and go in one ring, one that goes on in another, one that never began. */
static void produce_threads(void)
{
	use_rings(3);
	target_hello(true);
	begin_thread(0, 11, 1);
	allocate(0, 1, 0);
	push(0, (struct event_record){.kind = EVENT_THREAD_NAME,
				      .address = 0x6c706d6178650000u >> 16,
				      .size = 0});
	push(0, (struct event_record){.kind = EVENT_THREAD_END, .stamp = 5});
	begin_thread(0, 11, 2);
	allocate(0, 2, 0);
	begin_thread(1, 11, 2);
	allocate(1, 2, 0);
	store_relaxed(&ring(2)->owner_tid, 13);
	allocate(2, 3, 0);
}

START_TEST(threads_are_told_apart)
{
	struct reader *r = open_trace(record(produce_threads), "");
	static const int tids[] = {11, 11, 13};
	struct trace_event event;

	ck_assert_uint_eq(reader_thread_count(r), 3);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_int_eq(reader_thread(r, i)->tid, tids[i]);
	ck_assert_str_eq(reader_thread(r, 0)->name, "exampl");
	ck_assert_uint_eq(reader_thread(r, 0)->end_stamp, 5);
	ck_assert_uint_eq(reader_thread(r, 1)->end_stamp, 0);
	while (reader_next(r, &event))
		ck_assert_uint_eq(event.thread, event.address);
	ck_assert_uint_eq(end_of(r)->events, 4);
	reader_free(r);
}
END_TEST

/* A ring whose thread is gone without a word is free again; that of a living one is not. */
static void produce_late_rings(void)
{
	use_rings(2);
	target_hello(true);
	begin_thread(0, 1, 1); /* no thread of ours */
	begin_thread(1, (uint32_t)getpid(), 2);
	store_release(&ring(0)->late, 1);
	store_release(&ring(1)->late, 1);
	for (int i = 0; i < 300 && load_acquire(&ring(0)->owner_tid); i++)
		usleep(10000);
	if (load_acquire(&ring(0)->owner_tid) || !load_acquire(&ring(1)->owner_tid))
		kill(getpid(), SIGABRT);
	allocate(1, 16, 0);
}

START_TEST(rings_of_lost_threads_are_freed)
{
	struct reader *r = open_trace(record(produce_late_rings), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 1);
	ck_assert_uint_ne(reader_thread(r, 0)->end_stamp, 0);
	reader_free(r);
}
END_TEST

static void produce_waiting(void)
{
	uint32_t wake;

	use_rings(1);
	target_hello(true);
	wake = load_relaxed(&ring(0)->wake);
	store_release(&ring(0)->waiting, 1);
	full_fence();
	begin_thread(0, 1, 1);
	while (load_acquire(&ring(0)->wake) == wake)
		usleep(100);
	while (!load_relaxed(&target.header->heartbeat)) /* moves once the pass is over */
		usleep(100);
	store_relaxed(&ring(0)->waiting, 0);
	allocate(0, 16, 0);
}

START_TEST(waiting_threads_are_woken)
{
	struct reader *r = open_trace(record(produce_waiting), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 1);
	reader_free(r);
}
END_TEST

static void produce_rung(void)
{
	use_rings(1);
	target_hello(true);
	begin_thread(0, 1, 1);
	for (int i = 0; i < 10; i++) {
		while (!load_acquire(&target.header->asleep))
			usleep(100);
		for (unsigned k = 0; k < EVENTS / 2; k++)
			allocate(0, 16, 0);
		store_relaxed(&target.header->asleep, 0);
		add_release(&target.header->bell, 1);
		syscall(SYS_futex, &target.header->bell, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

START_TEST(a_sleep_ends_when_rung)
{
	struct reader *r = open_trace(record(produce_rung), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 10 * EVENTS / 2);
	reader_free(r);
}
END_TEST

/* An image, and what exec put in its place. */
static void produce_exec(void)
{
	use_rings(1);
	target_hello(true);
	allocate(0, 16, 0);
	store_release(&target.header->end_kind, END_EXEC);
	target_start();
	use_rings(1);
	target_hello(true);
	allocate(0, 16, 0);
	allocate(0, 32, 0);
}

START_TEST(exec_begins_another_trace)
{
	pid_t pid = record(produce_exec);
	struct reader *first = open_trace(pid, ""), *second = open_trace(pid, ".2");

	ck_assert_uint_eq(count_events(first, EVENT_ALLOC), 1);
	ck_assert_uint_eq(end_of(first)->kind, TRACE_END_EXEC);
	ck_assert_uint_eq(count_events(second, EVENT_ALLOC), 2);
	ck_assert_uint_eq(end_of(second)->kind, TRACE_END_UNKNOWN);
	reader_free(first);
	reader_free(second);
}
END_TEST

static void produce_child(void)
{
	pid_t child;

	use_rings(1);
	target_hello(true);
	child = fork();
	if (child == 0) {
		target_start();
		use_rings(1);
		target_hello(true);
		allocate(0, 16, 0);
		_exit(0);
	}
	push(0, (struct event_record){.kind = EVENT_FORK, .address = (uint64_t)child});
	waitpid(child, NULL, 0);
	/* Only once the collector has seen both can the one's trace be named in the other's. */
	usleep(50000);
}

START_TEST(children_are_linked)
{
	struct reader *r = open_trace(record(produce_child), "");
	const struct trace_child *child;

	ck_assert_uint_eq(reader_child_count(r), 1);
	child = reader_child(r, 0);
	ck_assert_ptr_null(strchr(child->trace_path, '/'));
	ck_assert_int_eq(access(child->trace_path, F_OK), 0);
	ck_assert_uint_eq(collector_summary(collector)->traces, 2);
	reader_free(r);
}
END_TEST

/* As in a double fork: the parent ends at once. */
static void produce_orphan(void)
{
	pid_t child;

	use_rings(1);
	target_hello(true);
	child = fork();
	if (child == 0) {
		usleep(100000);
		target_start();
		use_rings(1);
		target_hello(true);
		_exit(0);
	}
	push(0, (struct event_record){.kind = EVENT_FORK, .address = (uint64_t)child});
}

START_TEST(orphans_are_linked)
{
	struct reader *r = open_trace(record(produce_orphan), "");

	ck_assert_uint_eq(reader_child_count(r), 1);
	ck_assert_uint_lt(end_of(r)->monotonic_ns - reader_program(r)->start_monotonic_ns,
			  90000000);
	reader_free(r);
}
END_TEST

/* A daemon that reports only after its parent is gone is waited for. */
static void produce_late_child(void)
{
	pid_t child;

	use_rings(1);
	target_hello(true);
	child = fork();
	if (child == 0) {
		usleep(600000);
		target_start();
		use_rings(1);
		target_hello(true);
		allocate(0, 16, 0);
		_exit(0);
	}
	push(0, (struct event_record){.kind = EVENT_FORK, .address = (uint64_t)child});
}

START_TEST(announced_children_are_awaited)
{
	record(produce_late_child);
	ck_assert_uint_eq(collector_summary(collector)->traces, 2);
}
END_TEST

/* What the launcher learns from waitpid counts more than what the process said. */
START_TEST(the_launcher_tells_the_end)
{
	struct reader *r;
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		target_start();
		use_rings(1);
		target_hello(true);
		allocate(0, 16, 0);
		kill(getpid(), SIGUSR1);
	}
	close(ends[1]);
	collector_expect_child(collector, pid, true);
	collector_run(collector, ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	collector_child_ended(collector, status);
	ck_assert(!collector_is_busy(collector));
	r = open_trace(pid, "");
	ck_assert_int_eq(access(collector_summary(collector)->child_trace, F_OK), 0);
	ck_assert_uint_eq(end_of(r)->kind, TRACE_END_SIGNAL);
	ck_assert_int_eq(end_of(r)->status, SIGUSR1);
	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 1);
	reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collector");
	TCase *tcase = tcase_create("collector");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, everything_sent_is_stored);
	tcase_add_test(tcase, a_killed_process_loses_nothing);
	tcase_add_test(tcase, the_process_says_how_it_ends);
	tcase_add_test(tcase, stacks_name_the_right_module);
	tcase_add_test(tcase, libraries_are_found_in_the_mappings);
	tcase_add_test(tcase, losses_are_counted_once);
	tcase_add_test(tcase, a_broken_ring_is_counted_and_left_alone);
	tcase_add_test(tcase, threads_are_told_apart);
	tcase_add_test(tcase, rings_of_lost_threads_are_freed);
	tcase_add_test(tcase, waiting_threads_are_woken);
	tcase_add_test(tcase, a_sleep_ends_when_rung);
	tcase_add_test(tcase, exec_begins_another_trace);
	tcase_add_test(tcase, children_are_linked);
	tcase_add_test(tcase, orphans_are_linked);
	tcase_add_test(tcase, announced_children_are_awaited);
	tcase_add_test(tcase, the_launcher_tells_the_end);
	return suite_run(suite);
}
