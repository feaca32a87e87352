/* SPDX-License-Identifier: MIT */
/*
 * mock_target.h - a synthetic process for tests of the collector: fills a region as libtenure.so
 * would, or as a hostile or dying program would, and reads the trace that comes out.
 *
 * For one test program at a time; each test runs in a folder of its own (setup, teardown).
 */
#ifndef TENURE_MOCK_TARGET_H
#define TENURE_MOCK_TARGET_H

#include <check.h>
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
#include "../../analyzer/record/collector.h"
#include "../../analyzer/trace/reader.h"
#include "../../preload/protocol.h"

#define EVENTS 64u /* a ring that is full all the time */
#define SLOTS 4u
#define MODULES 8u
#define NODES 64u
#define NAMES 4096u
#define UNRECORDED 8u /* as many as fit a page */
#define CODES 8u
#define TEXT_BYTES 4096u
#define PAGE 4096u
#define RING_BYTES (RING_HEADER_BYTES + PAGE)
#define NODES_OFFSET (4 * PAGE)
#define UNRECORDED_OFFSET (5 * PAGE)
#define PYTHON_CODES_OFFSET (6 * PAGE)
#define PYTHON_TEXT_OFFSET (7 * PAGE)
#define RINGS_OFFSET (8 * PAGE)
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

static inline void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(trace_name_init(&name, NULL, false), 0);
	collector = collector_new(-1, &name);
	ck_assert_ptr_nonnull(collector);
}

static inline void teardown(void)
{
	char *command;

	collector_free(collector);
	trace_name_release(&name);
	ck_assert_int_gt(asprintf(&command, "rm -rf '%s'", folder), 0);
	ck_assert_int_eq(system(command), 0);
	free(command);
}

/* Playing the target. */

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint32_t target_name(const char *text, uint32_t bytes)
{
	uint32_t at = load_relaxed(&target.header->names_used);

	memcpy(target.base + 2 * PAGE + at, text, bytes);
	store_release(&target.header->names_used, at + bytes);
	return at;
}

static inline void target_open(int fd)
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
	h->unrecorded_slots = UNRECORDED;
	h->unrecorded_offset = UNRECORDED_OFFSET;
	h->python_codes = CODES;
	h->python_codes_offset = PYTHON_CODES_OFFSET;
	h->python_text_bytes = TEXT_BYTES;
	h->python_text_offset = PYTHON_TEXT_OFFSET;
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

static inline void target_start(void)
{
	target_open(memfd_create("mock", MFD_ALLOW_SEALING | MFD_CLOEXEC));
}

static inline void target_hello(bool with_pidfd)
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

static inline struct ring_header *ring(uint32_t number)
{
	return (struct ring_header *)(target.base + RINGS_OFFSET + number * RING_BYTES);
}

static inline void use_rings(uint32_t count)
{
	store_release(&target.header->rings_used, count);
}

/* Writes a record behind those published; `ahead` counts records not published yet. */
static inline void put(uint32_t number, uint64_t ahead, struct event_record record)
{
	struct ring_header *r = ring(number);
	uint64_t at = load_relaxed(&r->head) + ahead;
	struct event_record *records = (struct event_record *)((char *)r + RING_HEADER_BYTES);

	while (at - load_acquire(&r->tail) >= EVENTS)
		usleep(100);
	records[at % EVENTS] = record;
}

static inline void publish(uint32_t number, uint64_t count)
{
	store_release(&ring(number)->head, load_relaxed(&ring(number)->head) + count);
}

static inline void push(uint32_t number, struct event_record record)
{
	if (!record.stamp)
		record.stamp = now_ns();
	put(number, 0, record);
	publish(number, 1);
}

static inline void begin_thread(uint32_t number, uint32_t tid, uint64_t thread_number)
{
	store_relaxed(&ring(number)->owner_tid, tid);
	push(number, (struct event_record){
			     .kind = EVENT_THREAD_BEGIN, .address = tid, .size = thread_number});
}

static inline void allocate(uint32_t number, uint64_t address, uint32_t stack)
{
	push(number, (struct event_record){.kind = EVENT_ALLOC,
					   .api = API_MALLOC,
					   .address = address,
					   .size = 32,
					   .stack = stack});
}

static inline void add_node(uint32_t id, uint32_t parent, uint64_t frame)
{
	struct stack_node *nodes = (struct stack_node *)(target.base + NODES_OFFSET);

	nodes[id].parent = parent;
	nodes[id].frame = frame;
}

static inline void add_module(const char *path, uint64_t start, uint64_t bias, uint16_t epoch)
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

static inline struct unrecorded_entry *unrecorded(uint32_t number)
{
	return (struct unrecorded_entry *)(target.base + UNRECORDED_OFFSET) + number;
}

static inline void add_unrecorded(uint32_t number, const char *path, uint16_t reason,
				  uint64_t times)
{
	struct unrecorded_entry *entry = unrecorded(number);

	entry->reason = reason;
	entry->path_bytes = (uint16_t)strlen(path);
	memcpy(entry->path, path, entry->path_bytes);
	store_relaxed(&entry->times, times);
	store_release(&entry->state, UNRECORDED_FILLED);
}

/* Reading what came out. */

/* Runs a target to its end; returns its pid. */
static inline pid_t record(void (*program)(void))
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

static inline struct reader *open_trace(pid_t pid, const char *version)
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
static inline uint64_t count_events(struct reader *r, uint8_t kind)
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

static inline const struct trace_end *end_of(struct reader *r)
{
	ck_assert_ptr_nonnull(reader_end(r));
	return reader_end(r);
}

#endif
