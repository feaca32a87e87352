/* SPDX-License-Identifier: MIT */
/* Regions as input: impossible ones, garbage, and those that nobody collected. */
#define _GNU_SOURCE
#include "../../analyzer/record/collector.h"

#include "mock_target.h"
#include "suite.h"

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

static void spoil_unrecorded(void)
{
	target.header->unrecorded_slots = UINT32_MAX;
}

static void spoil_rings_offset(void)
{
	target.header->rings_offset = UINT64_MAX & ~4095ull;
}

static void (*const spoilers[])(void) = {
	spoil_seal,	  spoil_magic,	    spoil_version,	spoil_size,
	spoil_ring_count, spoil_ring_size,  spoil_nodes,	spoil_modules,
	spoil_names,	  spoil_unrecorded, spoil_rings_offset,
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
	add_unrecorded(0, "x", UINT16_MAX, UINT64_MAX);
	unrecorded(0)->path_bytes = UINT16_MAX;
	memset(unrecorded(0)->path, 'x', UNRECORDED_PATH_BYTES);
	store_relaxed(&unrecorded(UNRECORDED - 1)->state, UINT32_MAX);
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
	push(0, (struct event_record){.kind = EVENT_KINDS});
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
	ck_assert_uint_eq(end_of(r)->events_lost, 1); /* the record of unknown kind */
	ck_assert_uint_eq(reader_unrecorded_count(r), 1);
	ck_assert_uint_eq(strlen(reader_unrecorded(r, 0)->path), UNRECORDED_PATH_BYTES);
	reader_free(r);
}
END_TEST

/* Two programs, one that failed to start, one that is being told of, and some without room. */
static void fill_unrecorded(void)
{
	add_unrecorded(0, "/opt/tool", UNRECORDED_STATIC, 1000);
	add_unrecorded(2, "/opt/\xff\n", UNRECORDED_PRIVILEGES, 1);
	add_unrecorded(3, "/opt/failed", UNRECORDED_STATIC, 0);
	add_unrecorded(4, "/opt/half", UNRECORDED_STATIC, 1);
	store_relaxed(&unrecorded(4)->state, UNRECORDED_FILLING);
	store_relaxed(&target.header->unrecorded_lost, 3);
}

static void expect_unrecorded(struct reader *r)
{
	ck_assert_uint_eq(reader_unrecorded_count(r), 3);
	ck_assert_str_eq(reader_unrecorded(r, 0)->path, "/opt/tool");
	ck_assert_uint_eq(reader_unrecorded(r, 0)->reason, UNRECORDED_STATIC);
	ck_assert_uint_eq(reader_unrecorded(r, 0)->times, 1000);
	ck_assert_str_eq(reader_unrecorded(r, 1)->path, "/opt/\xff\n");
	ck_assert_uint_eq(reader_unrecorded(r, 1)->reason, UNRECORDED_PRIVILEGES);
	ck_assert_str_eq(reader_unrecorded(r, 2)->path, "");
	ck_assert_uint_eq(reader_unrecorded(r, 2)->reason, UNRECORDED_NOT);
	ck_assert_uint_eq(reader_unrecorded(r, 2)->times, 3);
	ck_assert_ptr_null(reader_unrecorded(r, 3));
}

static void produce_unrecorded(void)
{
	target_hello(true);
	fill_unrecorded();
}

START_TEST(unrecorded_programs_are_told)
{
	struct reader *r = open_trace(record(produce_unrecorded), "");

	expect_unrecorded(r);
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
	fill_unrecorded();
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
	expect_unrecorded(r);
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

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
	Suite *suite = suite_create("collector_input");
	TCase *tcase = tcase_create("collector_input");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, impossible_regions_are_refused, 0, COUNT(spoilers));
	tcase_add_test(tcase, garbage_in_a_region_is_survived);
	tcase_add_test(tcase, unrecorded_programs_are_told);
	tcase_add_test(tcase, foreign_messages_are_refused);
	tcase_add_test(tcase, a_region_on_disk_becomes_a_trace);
	tcase_add_test(tcase, a_damaged_region_on_disk_is_survived);
	return suite_run(suite);
}
