/* SPDX-License-Identifier: MIT */
/* What snapshots hold of memory: which mappings, which pages, which words. */
#define _GNU_SOURCE
#include "../../analyzer/record/snapshot.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

#include "taken_snapshot.h"
#include "suite.h"

#define PAGE 4096u
#define PATTERN 0x1234567800000000ull /* no address */
#define SPARSE_BYTES (64ull << 30)
#define LARGE_BYTES (24ull << 20)

/* By name, set by the program before it announces itself. */
enum place {
	AT_PRIVATE,
	AT_READ_ONLY,
	AT_HOLES,
	AT_SPARSE,
	AT_SHARED,
	AT_UNMADE,
	AT_OWN,
	AT_PARTLY_OWN,
	AT_LARGE,
	AT_FILE,
	AT_BLOCK,
	PLACES,
};

static uint64_t place(enum place which)
{
	return atomic_load(&shared->values[which]);
}

static uint64_t *map(enum place which, uint64_t bytes, int protection, int flags)
{
	uint64_t *at = mmap(NULL, bytes, protection, flags | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		_exit(98);
	atomic_store(&shared->values[which], (uint64_t)(uintptr_t)at);
	return at;
}

static void map_file(void)
{
	uint64_t self;
	char name[] = "/tmp/test_snapshot.XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	if (fd < 0 || ftruncate(fd, 2 * PAGE) != 0)
		_exit(97);
	/* Written by a way that touches no page of the mapping. */
	self = (uint64_t)(uintptr_t)mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
					 0);
	if (pwrite(fd, &self, 8, PAGE) != 8)
		_exit(96);
	atomic_store(&shared->values[AT_FILE], self);
	close(fd);
}

static void fill_memory(void)
{
	const int private = MAP_PRIVATE | MAP_NORESERVE, writable = PROT_READ | PROT_WRITE;
	uint64_t *at = map(AT_PRIVATE, 16 * PAGE, writable, private);
	uint64_t *block = malloc(64);
	uint64_t self = (uint64_t)(uintptr_t)at;

	at[0] = self; /* an address */
	at[1] = self + 16 * PAGE - 1; /* the last one that is */
	at[2] = PATTERN;
	at[3] = 5;
	at[512 * 5] = self;
	at[512 * 16 - 1] = self;
	at = map(AT_READ_ONLY, PAGE, writable, private);
	at[7] = self;
	mprotect(at, PAGE, PROT_READ);
	at = map(AT_HOLES, 5 * PAGE, writable, private);
	for (unsigned page = 0; page < 5; page++)
		at[512 * page + 1] = self;
	mprotect(at + 512, PAGE, PROT_NONE);
	mprotect(at + 512 * 3, PAGE, PROT_NONE);
	at = map(AT_SPARSE, SPARSE_BYTES, writable, private);
	at[SPARSE_BYTES / 16] = self;
	at = map(AT_SHARED, 4 * PAGE, writable, MAP_SHARED);
	at[512 + 3] = self;
	map(AT_UNMADE, LARGE_BYTES, writable, MAP_SHARED);
	at = map(AT_OWN, 2 * PAGE, writable, private);
	at[0] = self;
	at = map(AT_PARTLY_OWN, 8 * PAGE, writable, private);
	for (unsigned page = 0; page < 8; page++)
		at[512 * page + 2] = self;
	at[1] = (uint64_t)(uintptr_t)(at + 512 * 3); /* into what is ours */
	at = map(AT_LARGE, LARGE_BYTES, writable, private);
	for (uint64_t i = 0; i < LARGE_BYTES / 8; i++)
		at[i] = i % 1024 == 1023 ? self : PATTERN + i;
	map_file();
	memset(block, 0, 64);
	block[0] = 40; /* of a block whose chunk is of 80 bytes: 40 + 8 > 80 - 24 is wrong */
	atomic_store(&shared->values[AT_BLOCK], (uint64_t)(uintptr_t)block);
}

static void run_filled(void)
{
	fill_memory();
	announce(0);
	wait_for_go();
}

static struct snapshot_range own[2];

static struct snapshot_request filled_request(void)
{
	struct snapshot_request request = {
		.cause = TRACE_SNAPSHOT_REQUEST,
		.own = own,
		.own_count = 2,
	};

	program_start(run_filled);
	await(&shared->ready, 1);
	await_state(program.pid, 'S');
	own[0] = (struct snapshot_range){place(AT_OWN), place(AT_OWN) + 2 * PAGE};
	own[1] = (struct snapshot_range){place(AT_PARTLY_OWN) + 2 * PAGE,
					 place(AT_PARTLY_OWN) + 5 * PAGE};
	if (own[0].start > own[1].start) {
		struct snapshot_range first = own[1];

		own[1] = own[0];
		own[0] = first;
	}
	return request;
}

START_TEST(words_of_all_kinds_of_memory)
{
	struct snapshot_request request = filled_request();
	uint64_t self = place(AT_PRIVATE);

	end_snapshot(begin_snapshot(&request));
	ck_assert_uint_eq(word_at(self), self);
	ck_assert_uint_eq(word_at(self + 8), self + 16 * PAGE - 1);
	ck_assert_uint_eq(word_at(self + 16), 0);
	ck_assert_uint_eq(word_at(self + 24), 0);
	ck_assert_uint_eq(word_at(self + 5 * PAGE), self);
	ck_assert_uint_eq(word_at(self + 16 * PAGE - 8), self);
	ck_assert_uint_eq(word_at(place(AT_READ_ONLY) + 56), self);
	for (unsigned page = 0; page < 5; page++)
		ck_assert_uint_eq(word_at(place(AT_HOLES) + page * PAGE + 8), page % 2 ? 0 : self);
	ck_assert_uint_eq(word_at(place(AT_SPARSE) + SPARSE_BYTES / 2), self);
	ck_assert_uint_eq(word_at(place(AT_SHARED) + PAGE + 24), self);
	ck_assert_uint_eq(word_at(place(AT_FILE) + PAGE), place(AT_FILE));
	ck_assert_uint_eq(taken->unread_bytes, 0);
	ck_assert_uint_eq(taken->flags & ~(uint32_t)TRACE_SNAPSHOT_NO_KERNEL_ROOTS, 0);
	ck_assert_uint_gt(taken->pause_ns, 0);
	forget_snapshot();
	program_kill();
}
END_TEST

START_TEST(our_own_is_left_out)
{
	struct snapshot_request request = filled_request();
	uint64_t self = place(AT_PRIVATE), partly = place(AT_PARTLY_OWN);

	end_snapshot(begin_snapshot(&request));
	ck_assert_uint_eq(word_at(place(AT_OWN)), 0);
	for (unsigned page = 0; page < 8; page++)
		ck_assert_uint_eq(word_at(partly + page * PAGE + 16),
				  page >= 2 && page < 5 ? 0 : self);
	ck_assert_uint_eq(word_at(partly + 8), 0);
	forget_snapshot();
	program_kill();
}
END_TEST

START_TEST(large_memory_is_read_in_steps)
{
	struct snapshot_request request = filled_request();
	struct snapshot *s = begin_snapshot(&request);
	uint64_t self = place(AT_PRIVATE), large = place(AT_LARGE);

	/* More than two steps of 8 MiB, and it stands still until the last one. */
	ck_assert(!snapshot_step(s));
	ck_assert_int_eq(thread_state(program.pid), 't');
	ck_assert(!snapshot_step(s));
	end_snapshot(s);
	ck_assert_int_ne(thread_state(program.pid), 't');
	for (uint64_t i = 0; i < LARGE_BYTES; i += 8)
		if (word_at(large + i) != (i % 8192 == 8184 ? self : 0))
			ck_abort_msg("at %#lx", (unsigned long)i);
	ck_assert_uint_ge(taken->read_bytes, LARGE_BYTES);
	ck_assert_uint_lt(taken->read_bytes, 3 * LARGE_BYTES);
	forget_snapshot();
	program_kill();
}
END_TEST

static void memory_of_program(uint64_t *resident, uint64_t *tables)
{
	FILE *status = process_file(&program, "status");
	char line[256];

	while (fgets(line, sizeof line, status)) {
		sscanf(line, "VmRSS: %lu", (unsigned long *)resident);
		sscanf(line, "VmPTE: %lu", (unsigned long *)tables);
	}
	fclose(status);
}

START_TEST(nothing_is_touched)
{
	struct snapshot_request request = filled_request();
	uint64_t before[2] = {0}, after[2] = {0}, start, stop;
	struct touched touched;

	memory_of_program(&before[0], &before[1]);
	end_snapshot(begin_snapshot(&request));
	memory_of_program(&after[0], &after[1]);
	ck_assert_uint_eq(before[1], after[1]);
	/* The page of its file that it had not seen itself. */
	ck_assert_uint_le(after[0], before[0] + 64);
	touched_open(&touched, &program, program.pid, place(AT_UNMADE) + LARGE_BYTES);
	ck_assert(touched_next(&touched, place(AT_UNMADE), place(AT_UNMADE) + LARGE_BYTES, &start,
			       &stop));
	ck_assert_uint_eq(start, stop);
	touched_close(&touched);
	forget_snapshot();
	program_kill();
}
END_TEST

#define HIGHEST ((1ull << 47) - PAGE) /* for programs on any processor */

static void check_pages(struct touched *t)
{
	uint64_t at = place(AT_PRIVATE), end = at + 16 * PAGE, start, stop;
	uint64_t middle = place(AT_SPARSE) + SPARSE_BYTES / 2;
	unsigned pages = 0;

	while (at < end) {
		ck_assert(touched_next(t, at, end, &start, &stop));
		ck_assert(start >= at && stop >= start && stop <= end);
		for (; start < stop; start += PAGE)
			pages |= 1u << (start - place(AT_PRIVATE)) / PAGE;
		at = stop;
	}
	ck_assert_uint_eq(pages, 1u | 1u << 5 | 1u << 15);
	ck_assert(touched_next(t, middle - 8 * PAGE, middle + PAGE, &start, &stop));
	ck_assert_uint_eq(start, middle);
	ck_assert_uint_eq(stop, middle + PAGE);
	ck_assert(touched_page(t, middle, PAGE));
	ck_assert(!touched_page(t, middle - PAGE, PAGE));
	/* Back to what was seen before. */
	ck_assert(touched_next(t, at - 16 * PAGE, end, &start, &stop));
	ck_assert_uint_eq(start, at - 16 * PAGE);
	ck_assert_uint_eq(stop, start + PAGE);
}

START_TEST(both_ways_to_ask_for_pages)
{
	struct touched t;

	filled_request();
	touched_open(&t, &program, program.pid, HIGHEST);
	ck_assert_int_ge(t.fd, 0);
	check_pages(&t);
	t.scans = false;
	check_pages(&t);
	touched_close(&t);
	program_kill();
}
END_TEST

static void run_with_kernel_roots(void)
{
	struct sigevent notice = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = PATTERN};
	int epoll = epoll_create1(0);
	timer_t timer;

	notice.sigev_value.sival_ptr = (void *)(PATTERN + 1);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, to_program[0], &event) != 0 ||
	    timer_create(CLOCK_MONOTONIC, &notice, &timer) != 0)
		_exit(1);
	announce(0);
	wait_for_go();
}

static bool has_root(uint32_t kind, uint64_t value)
{
	for (uint32_t i = 0; i < taken->kernel_root_count; i++)
		if (taken->kernel_roots[i].kind == kind && taken->kernel_roots[i].value == value)
			return true;
	return false;
}

START_TEST(what_the_kernel_keeps)
{
	struct snapshot_request request = {.cause = TRACE_SNAPSHOT_INTERVAL};

	program_start(run_with_kernel_roots);
	await(&shared->ready, 1);
	end_snapshot(begin_snapshot(&request));
	ck_assert(has_root(TRACE_ROOT_EPOLL, PATTERN));
	ck_assert(has_root(TRACE_ROOT_TIMER, PATTERN + 1) ||
		  taken->flags & TRACE_SNAPSHOT_NO_KERNEL_ROOTS);
	forget_snapshot();
	program_kill();
}
END_TEST

static void *ask(void *argument)
{
	announce((size_t)argument);
	wait_for_go();
	return NULL;
}

static void run_asking(void)
{
	program_thread(ask, 1);
	announce(0);
	wait_for_go();
	await(&shared->results[0], 1);
}

START_TEST(who_asked_is_described)
{
	const uint64_t registers[] = {11, 12, 13};
	struct snapshot_request request = {
		.cause = TRACE_SNAPSHOT_EXIT,
		.asking_flags = TRACE_FROZEN_EMPTY,
		.stack_pointer = 77,
		.thread_pointer = 78,
		.registers = registers,
		.register_count = 3,
	};
	const struct trace_frozen *thread;

	program_start(run_asking);
	await(&shared->ready, 2);
	await_state(program.pid, 'S');
	request.asking_tid = program.pid;
	end_snapshot(begin_snapshot(&request));
	ck_assert_uint_eq(taken->cause, TRACE_SNAPSHOT_EXIT);
	ck_assert_uint_eq(taken->number, 1);
	ck_assert_uint_eq(taken->thread_count, 2);
	thread = thread_of(program.pid);
	ck_assert_uint_eq(thread->flags,
			  TRACE_FROZEN_ASKED | TRACE_FROZEN_EMPTY | TRACE_FROZEN_STOPPED);
	ck_assert_uint_eq(thread->stack_pointer, 77);
	ck_assert_uint_eq(thread->thread_pointer, 78);
	ck_assert_uint_eq(thread->register_count, 3);
	ck_assert_mem_eq(taken->registers + thread->first_register, registers, sizeof registers);
	thread = thread_of(atomic_load(&shared->tids[1]));
	ck_assert_uint_eq(thread->flags, TRACE_FROZEN_STOPPED);
	ck_assert_uint_ne(thread->stack_pointer, 0);
	ck_assert_uint_gt(thread->register_count, 16);
	forget_snapshot();
	program_kill();
}
END_TEST

START_TEST(all_go_before_the_rest_is_written)
{
	struct snapshot_request request = filled_request();
	struct snapshot *s = begin_snapshot(&request);

	ck_assert(snapshot_holds(s));
	while (snapshot_holds(s))
		ck_assert(!snapshot_step(s));
	ck_assert_int_ne(thread_state(program.pid), 't');
	ck_assert(!snapshot_is_written(s));
	/* Its end does no harm any more. */
	kill(program.pid, SIGKILL);
	await_state(program.pid, 'Z');
	ck_assert(snapshot_step(s));
	ck_assert(snapshot_is_written(s));
	program_kill();
	snapshot_free(s);
	finish(snapshot_writer);
	snapshot_reader = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(snapshot_reader), 1);
	forget_snapshot();
}
END_TEST

START_TEST(death_abandons)
{
	struct snapshot_request request = filled_request();
	struct snapshot *s = begin_snapshot(&request);

	ck_assert(!snapshot_step(s));
	kill(program.pid, SIGKILL);
	await_state(program.pid, 'Z');
	while (!snapshot_step(s))
		;
	ck_assert(!snapshot_is_written(s));
	/* Its end can be seen before the snapshot is freed. */
	program_kill();
	snapshot_free(s);
	finish(snapshot_writer);
	snapshot_reader = open_trace();
	ck_assert_uint_eq(reader_snapshot_count(snapshot_reader), 0);
	forget_snapshot();
}
END_TEST

START_TEST(may_be_given_up)
{
	struct snapshot_request request = filled_request();
	struct snapshot *s = begin_snapshot(&request);

	ck_assert(!snapshot_step(s));
	snapshot_free(s);
	say_go();
	ck_assert_int_eq(program_end(), 0);
	finish(snapshot_writer);
	remove_folder();
}
END_TEST

START_TEST(all_go_at_a_fatal_error)
{
	struct snapshot_request request = filled_request();
	struct snapshot *s = begin_snapshot(&request);

	snapshot_let_all_go();
	say_go();
	ck_assert_int_eq(waitpid(program.pid, NULL, 0), program.pid);
	snapshot_free(s);
	program_close();
	finish(snapshot_writer);
	remove_folder();
}
END_TEST

START_TEST(a_copy_of_us_cannot_go_on)
{
	struct snapshot_request request = filled_request();
	struct snapshot *s = begin_snapshot(&request);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		bool written = !snapshot_step(s) || snapshot_is_written(s);

		snapshot_free(s);
		_exit(written);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(thread_state(program.pid), 't');
	snapshot_free(s);
	program_kill();
	finish(snapshot_writer);
	remove_folder();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot_memory");
	TCase *tests = tcase_create("memory");

	tcase_add_test(tests, words_of_all_kinds_of_memory);
	tcase_add_test(tests, our_own_is_left_out);
	tcase_add_test(tests, large_memory_is_read_in_steps);
	tcase_add_test(tests, nothing_is_touched);
	tcase_add_test(tests, both_ways_to_ask_for_pages);
	tcase_add_test(tests, what_the_kernel_keeps);
	tcase_add_test(tests, who_asked_is_described);
	tcase_add_test(tests, all_go_before_the_rest_is_written);
	tcase_add_test(tests, death_abandons);
	tcase_add_test(tests, may_be_given_up);
	tcase_add_test(tests, all_go_at_a_fatal_error);
	tcase_add_test(tests, a_copy_of_us_cannot_go_on);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
