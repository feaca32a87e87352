/* SPDX-License-Identifier: MIT */
/*
 * The collector against a synthetic process: the test fills a region as libtenure.so would, and
 * as a hostile or dying program would, and reads the trace that comes out.
 */
#define _GNU_SOURCE
#include "../../analyzer/record/collector.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../analyzer/record/atomics.h"
#include "../../analyzer/trace/reader.h"
#include "../../preload/protocol.h"

#define EVENTS 64u /* a ring that is full all the time */
#define SLOTS 4u
#define MODULES 8u
#define NODES 64u
#define NAMES 4096u
#define PAGE 4096u
#define RING_BYTES (RING_HEADER_BYTES + PAGE)
#define NODES_OFFSET (4 * PAGE)
#define RINGS_OFFSET (6 * PAGE)
#define REGION_BYTES (RINGS_OFFSET + SLOTS * RING_BYTES)

static char folder[] = "/tmp/tenure-test-XXXXXX";
static struct trace_name name;
static struct collector *collector;

/* The process that is recorded. */
static struct {
	int fd;
	char *base;
	struct region_header *header;
} target;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(trace_name_init(&name, NULL, false), 0);
	collector = collector_new(-1, &name);
	ck_assert_ptr_nonnull(collector);
}

static void teardown(void)
{
	char *command;

	collector_free(collector);
	trace_name_release(&name);
	ck_assert_int_gt(asprintf(&command, "rm -rf '%s'", folder), 0);
	ck_assert_int_eq(system(command), 0);
	free(command);
}

/* Playing the target. */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint32_t target_name(const char *text, uint32_t bytes)
{
	uint32_t at = load_relaxed(&target.header->names_used);

	memcpy(target.base + 2 * PAGE + at, text, bytes);
	store_release(&target.header->names_used, at + bytes);
	return at;
}

static void target_open(int fd)
{
	struct region_header *h;

	target.fd = fd;
	ck_assert_int_eq(ftruncate(fd, REGION_BYTES), 0);
	target.base = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(target.base, MAP_FAILED);
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	h = target.header = (struct region_header *)target.base;
	h->magic = REGION_MAGIC;
	h->version = PROTOCOL_VERSION;
	h->clock_kind = CLOCK_STAMP_NS;
	h->module_slots = MODULES;
	h->names_bytes = NAMES;
	h->stack_nodes = NODES;
	h->ring_slots = SLOTS;
	h->ring_events = EVENTS;
	h->modules_offset = PAGE;
	h->names_offset = 2 * PAGE;
	h->slots_offset = 3 * PAGE;
	h->nodes_offset = NODES_OFFSET;
	h->rings_offset = RINGS_OFFSET;
	h->region_bytes = REGION_BYTES;
	h->pid = getpid();
	h->parent_pid = getppid();
	h->start_stamp = h->start_monotonic_ns = now_ns();
	h->exe_bytes = 9;
	h->exe_offset = target_name("/bin/mock", 9);
	h->argv_bytes = 9;
	h->argv_offset = target_name("mock\0a\nb\0", 9);
	h->cwd_bytes = 1;
	h->cwd_offset = target_name("/", 1);
	store_relaxed(&h->nodes_used, 1);
}

static void target_start(void)
{
	target_open(memfd_create("mock", MFD_ALLOW_SEALING | MFD_CLOEXEC));
}

static void target_hello(bool with_pidfd)
{
	struct hello_message hello = {HELLO_MAGIC, PROTOCOL_VERSION, REGION_BYTES, getpid(),
				      getppid()};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *to = collector_address(collector);
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr header;
	} control = {{0}};
	struct iovec part = {&hello, sizeof hello};
	struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(to)),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE((with_pidfd ? 2 : 1) * sizeof(int)),
	};
	int fds[2] = {target.fd, (int)syscall(SYS_pidfd_open, getpid(), 0)};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(address.sun_path + 1, to);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN((with_pidfd ? 2 : 1) * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, (with_pidfd ? 2 : 1) * sizeof(int));
	if (sendmsg(fd, &message, 0) < 0)
		_exit(90);
	close(fd);
	close(fds[1]);
}

static struct ring_header *ring(uint32_t number)
{
	return (struct ring_header *)(target.base + RINGS_OFFSET + number * RING_BYTES);
}

static void use_rings(uint32_t count)
{
	store_release(&target.header->rings_used, count);
}

/* Writes a record behind those published; `ahead` counts records not published yet. */
static void put(uint32_t number, uint64_t ahead, struct event_record record)
{
	struct ring_header *r = ring(number);
	uint64_t at = load_relaxed(&r->head) + ahead;
	struct event_record *records = (struct event_record *)((char *)r + RING_HEADER_BYTES);

	while (at - load_acquire(&r->tail) >= EVENTS)
		usleep(100);
	records[at % EVENTS] = record;
}

static void publish(uint32_t number, uint64_t count)
{
	store_release(&ring(number)->head, load_relaxed(&ring(number)->head) + count);
}

static void push(uint32_t number, struct event_record record)
{
	if (!record.stamp)
		record.stamp = now_ns();
	put(number, 0, record);
	publish(number, 1);
}

static void begin_thread(uint32_t number, uint32_t tid, uint64_t thread_number)
{
	store_relaxed(&ring(number)->owner_tid, tid);
	push(number, (struct event_record){
			     .kind = EVENT_THREAD_BEGIN, .address = tid, .size = thread_number});
}

static void allocate(uint32_t number, uint64_t address, uint32_t stack)
{
	push(number, (struct event_record){.kind = EVENT_ALLOC,
					   .api = API_MALLOC,
					   .address = address,
					   .size = 32,
					   .stack = stack});
}

static void add_node(uint32_t id, uint32_t parent, uint64_t frame)
{
	struct stack_node *nodes = (struct stack_node *)(target.base + NODES_OFFSET);

	nodes[id].parent = parent;
	nodes[id].frame = frame;
}

static void add_module(const char *path, uint64_t start, uint64_t bias, uint16_t epoch)
{
	struct module_entry *modules = (struct module_entry *)(target.base + PAGE);
	uint32_t at = load_relaxed(&target.header->modules_used);

	modules[at].path_bytes = (uint32_t)strlen(path);
	modules[at].path_offset = target_name(path, modules[at].path_bytes);
	modules[at].start = start;
	modules[at].end = start + 0x10000;
	modules[at].bias = bias;
	modules[at].epoch = epoch;
	store_release(&modules[at].state, MODULE_LOADED);
	store_release(&target.header->modules_used, at + 1);
}

/* Reading what came out. */

/* Runs a target to its end; returns its pid. */
static pid_t record(void (*program)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		target_start();
		program();
		_exit(0);
	}
	collector_run(collector, -1);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return pid;
}

static struct reader *open_trace(pid_t pid, const char *version)
{
	struct trace_error problem;
	struct reader *r;
	char path[64];

	snprintf(path, sizeof path, "mock.%d.tenure%s", (int)pid, version);
	r = reader_new(path, &problem);
	ck_assert_msg(r, "%s: %s", path, problem.message);
	return r;
}

/* Counts the events of a kind; asserts their order. */
static uint64_t count_events(struct reader *r, uint8_t kind)
{
	struct trace_event event;
	uint64_t count = 0, last = 0;

	reader_rewind(r);
	while (reader_next(r, &event)) {
		ck_assert_uint_ge(event.stamp, last);
		last = event.stamp;
		count += event.kind == kind;
	}
	ck_assert_ptr_null(reader_damage(r));
	return count;
}

static const struct trace_end *end_of(struct reader *r)
{
	ck_assert_ptr_nonnull(reader_end(r));
	return reader_end(r);
}

/* The tests. */

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
	add_node(1, 0, (uintptr_t)&system);
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
	ck_assert_uint_eq(module->bias + reader_stack(r, event.stack)->address, (uintptr_t)&system);
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
	if (load_relaxed(&target.header->heartbeat) == 0)
		return;
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

/* Regions that must be refused, and say so. */
static void spoil_seal(void)
{
	target.fd = memfd_create("unsealed", MFD_CLOEXEC);
	target_open(target.fd);
}

static void spoil_magic(void)
{
	target.header->magic++;
}

static void spoil_version(void)
{
	target.header->version++;
}

static void spoil_size(void)
{
	target.header->region_bytes++;
}

static void spoil_ring_count(void)
{
	target.header->ring_slots++;
}

static void spoil_ring_size(void)
{
	target.header->ring_events = 63;
}

static void spoil_nodes(void)
{
	target.header->stack_nodes = UINT32_MAX;
}

static void spoil_modules(void)
{
	target.header->modules_offset = UINT64_MAX - 7;
}

static void spoil_names(void)
{
	target.header->names_bytes = UINT32_MAX;
}

static void spoil_rings_offset(void)
{
	target.header->rings_offset = UINT64_MAX & ~4095ull;
}

static void (*const spoilers[])(void) = {
	spoil_seal,	 spoil_magic, spoil_version, spoil_size,  spoil_ring_count,
	spoil_ring_size, spoil_nodes, spoil_modules, spoil_names, spoil_rings_offset,
};

static void (*spoil)(void);

static void produce_spoilt(void)
{
	use_rings(1);
	spoil();
	target_hello(true);
}

START_TEST(impossible_regions_are_refused)
{
	char pattern[] = "mock.*";

	spoil = spoilers[_i];
	record(produce_spoilt);
	ck_assert_uint_eq(collector_summary(collector)->refused, 1);
	ck_assert_ptr_nonnull(collector_summary(collector)->refused_reason);
	ck_assert_uint_eq(collector_summary(collector)->traces, 0);
	ck_assert_int_ne(access(pattern, F_OK), 0);
}
END_TEST

/* Everything that may change after the hello, in the worst ways. */
static void produce_garbage(void)
{
	struct module_entry *modules = (struct module_entry *)(target.base + PAGE);

	add_node(1, 2, 0x1000);
	add_node(2, 1, 0x2000); /* a circle */
	add_node(3, NODES, 0x3000); /* outside */
	add_module("/lib/x.so", 0x1000, 0, 0);
	modules[0].path_offset = UINT32_MAX;
	modules[0].build_id_bytes = 255;
	target.header->exe_bytes = UINT32_MAX;
	target.header->argv_bytes = UINT32_MAX;
	target.header->cwd_offset = NAMES;
	store_release(&target.header->modules_used, UINT32_MAX);
	use_rings(UINT32_MAX);
	target_hello(true);
	allocate(0, 16, 1);
	allocate(0, 16, 2);
	allocate(0, 16, 3);
	allocate(0, 16, NODES);
	allocate(0, 16, UINT32_MAX);
	push(0, (struct event_record){.kind = EVENT_THREAD_BEGIN, .size = UINT64_MAX});
	push(0, (struct event_record){.kind = EVENT_THREAD_BEGIN, .size = 1u << 21});
	push(0,
	     (struct event_record){.kind = EVENT_ALLOC, .stamp = UINT64_MAX, .size = UINT64_MAX});
	push(0, (struct event_record){.kind = EVENT_FREE, .stamp = 1});
	push(0, (struct event_record){.kind = EVENT_FORK, .address = UINT64_MAX});
	push(0, (struct event_record){.kind = EVENT_MODULES});
	push(0, (struct event_record){.kind = EVENT_THREAD_END});
	push(0, (struct event_record){.kind = EVENT_THREAD_END});
}

START_TEST(garbage_in_a_region_is_survived)
{
	pid_t pid = record(produce_garbage);
	struct trace_error problem;
	struct reader *r;
	char path[64];

	snprintf(path, sizeof path, "unknown.%d.tenure", (int)pid);
	r = reader_new(path, &problem);
	ck_assert_msg(r, "%s", problem.message);
	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 6);
	ck_assert_uint_eq(end_of(r)->events, 8);
	ck_assert_uint_eq(end_of(r)->events_lost, 0);
	reader_free(r);
}
END_TEST

START_TEST(foreign_messages_are_refused)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *to = collector_address(collector);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(address.sun_path + 1, to);
	ck_assert_int_eq(
		sendto(fd, "hello", 5, 0, (struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(to))),
		5);
	close(fd);
	target_start();
	collector_expect_child(collector, 1, true);
	fd = open("/dev/null", O_RDONLY);
	collector_run(collector, fd);
	close(fd);
	ck_assert_uint_eq(collector_summary(collector)->refused, 1);
}
END_TEST

/* The region of a process that nobody collected from. */
static void leave_region(const char *path)
{
	target_open(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
	use_rings(2);
	add_module("/lib/a.so", 0x400000, 0, 0);
	add_node(1, 0, 0x400010);
	begin_thread(0, 1, 1);
	for (uint64_t n = 1; n < EVENTS; n++)
		allocate(0, n, 1);
	begin_thread(1, 1, 1);
	for (uint64_t n = EVENTS; n < EVENTS + 10; n++)
		allocate(1, n, 1);
	store_relaxed(&ring(1)->lost, 4);
	store_relaxed(&target.header->end_status, 3);
	store_relaxed(&target.header->end_kind, END_EXIT);
}

START_TEST(a_region_on_disk_becomes_a_trace)
{
	struct trace_error problem;
	struct trace_event event;
	struct reader *r;
	uint64_t next = 1;

	leave_region("region");
	ck_assert_int_eq(collector_convert("region", "converted"), 0);
	r = reader_new("converted", &problem);
	ck_assert_msg(r, "%s", problem.message);
	ck_assert_uint_eq(reader_thread_count(r), 1);
	while (reader_next(r, &event))
		ck_assert_uint_eq(event.address, next++);
	ck_assert_uint_eq(next, EVENTS + 10);
	ck_assert_uint_eq(end_of(r)->kind, TRACE_END_EXIT);
	ck_assert_int_eq(end_of(r)->status, 3);
	ck_assert_uint_eq(end_of(r)->events_lost, 4);
	ck_assert_uint_eq(end_of(r)->stamp, event.stamp);
	reader_free(r);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	ck_assert_int_eq(collector_convert("region", "converted"), -1);
	ck_assert_int_eq(collector_convert("missing", "other"), -1);
	ck_assert_int_eq(collector_convert("converted", "other"), -1);
	ck_assert_int_ne(access("other", F_OK), 0);
}
END_TEST

START_TEST(a_damaged_region_on_disk_is_survived)
{
	unsigned seed = 7;

	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (int i = 0; i < 300; i++) {
		leave_region("region");
		/* The constants in one half of the tries, everything behind them in the other. */
		for (int j = 0; j < 8; j++) {
			size_t at = (size_t)rand_r(&seed) % (i % 2 ? 160 : REGION_BYTES - 160);

			target.base[(i % 2 ? 0 : 160) + at] ^= (char)(1 << rand_r(&seed) % 8);
		}
		if (i % 16 == 0)
			ck_assert_int_eq(ftruncate(target.fd, rand_r(&seed) % REGION_BYTES), 0);
		munmap(target.base, REGION_BYTES);
		close(target.fd);
		collector_convert("region", "converted");
		unlink("converted");
	}
}
END_TEST

/* File names. */

static const char *opened(const char *exe, int32_t pid)
{
	struct trace_program program = {
		.exe = exe, .host = "host", .cwd = "", .argv = "", .pid = pid};
	const char *path;
	struct writer *w;

	program.start_realtime_ns = 1234567890123456789u;
	w = trace_name_open(&name, &program, &path);
	ck_assert_ptr_nonnull(w);
	writer_free(w);
	ck_assert_int_eq(access(path, F_OK), 0);
	return path;
}

static void use_pattern(const char *pattern, bool overwrite)
{
	trace_name_release(&name);
	ck_assert_int_eq(trace_name_init(&name, pattern, overwrite), 0);
}

START_TEST(names_follow_the_pattern)
{
	ck_assert_str_eq(opened("/usr/bin/x", 7), "x.7.tenure");
	ck_assert_str_eq(opened("/usr/bin/x", 7), "x.7.tenure.2");
	ck_assert_str_eq(opened("", 7), "unknown.7.tenure");
	use_pattern("%h-%e-%p-%t-100%%", false);
	ck_assert_str_eq(opened("/bin/y", 8), "host-y-8-1234567890-100%");
	use_pattern("fixed.tenure", false);
	ck_assert_str_eq(opened("/bin/y", 8), "fixed.tenure");
	ck_assert_str_eq(opened("/bin/z", 9), "fixed.9.tenure");
	ck_assert_str_eq(opened("/bin/z", 9), "fixed.9.tenure.2");
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	use_pattern("sub", false);
	ck_assert_str_eq(opened("/bin/y", 8), "sub/y.8.tenure");
	ck_assert_str_eq(trace_name_from(&name, "sub/a", "sub/b"), "b");
	ck_assert_str_ne(trace_name_from(&name, "a", "sub/b"), "sub/b");
	ck_assert_uint_eq(trace_name_from(&name, "a", "sub/b")[0], '/');
}
END_TEST

START_TEST(names_that_cannot_be)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	trace_name_release(&name);
	ck_assert_int_eq(trace_name_init(&name, "%q", false), -1);
	ck_assert_int_eq(trace_name_init(&name, "x%", false), -1);
	ck_assert_int_eq(trace_name_init(&name, "", false), -1);
	use_pattern("no/such/folder/%p", false);
	ck_assert_int_eq(trace_name_check(&name), -1);
	use_pattern("there", false);
	ck_assert_int_eq(trace_name_check(&name), 0);
	ck_assert_str_eq(opened("/bin/y", 1), "there");
	use_pattern("there", false);
	ck_assert_int_eq(trace_name_check(&name), -1);
	use_pattern("there", true);
	ck_assert_int_eq(trace_name_check(&name), 0);
	ck_assert_str_eq(opened("/bin/y", 1), "there");
	/* What this run has made itself is never replaced. */
	ck_assert_str_eq(opened("/bin/y", 2), "there.2");
	ck_assert_str_eq(opened("/bin/y", 2), "there.2.2");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
	Suite *suite = suite_create("collector");
	TCase *tcase = tcase_create("collector");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60);
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
	tcase_add_test(tcase, exec_begins_another_trace);
	tcase_add_test(tcase, children_are_linked);
	tcase_add_test(tcase, announced_children_are_awaited);
	tcase_add_test(tcase, the_launcher_tells_the_end);
	tcase_add_loop_test(tcase, impossible_regions_are_refused, 0, COUNT(spoilers));
	tcase_add_test(tcase, garbage_in_a_region_is_survived);
	tcase_add_test(tcase, foreign_messages_are_refused);
	tcase_add_test(tcase, a_region_on_disk_becomes_a_trace);
	tcase_add_test(tcase, a_damaged_region_on_disk_is_survived);
	tcase_add_test(tcase, names_follow_the_pattern);
	tcase_add_test(tcase, names_that_cannot_be);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
