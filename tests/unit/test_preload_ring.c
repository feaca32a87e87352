/* SPDX-License-Identifier: MIT */
/*
 * A thread's ring with a consumer that is quick, slow, stopped or gone: whatever happens, what
 * was sent is what was stored plus what was counted as lost. Also run under TSan.
 */
#define _GNU_SOURCE
#include <check.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/atomics.h"
#include "preload/recorder.h"
#include "preload/region.h"
#include "preload/ring.h"
#include "preload/settings.h"
#include "preload/stamp.h"
#include "suite.h"

static _Atomic uint32_t state = RECORDER_ON;
_Atomic uint32_t *recorder_state = &state;
uint32_t recorder_serial = 1;

bool recorder_start(void)
{
	return true;
}

struct consumer {
	struct ring_header *ring;
	_Atomic bool stop;
	unsigned pause_us, pause_every; /* sleeps so long after so many passes; 0: never */
	uint64_t events, next, lost_in_band;
	bool in_order;
};

/* What the collector does, reduced to counting. */
static void drain(struct consumer *c)
{
	struct event_record *records = region_records(c->ring);
	uint64_t head = load_acquire(&c->ring->head), tail = load_relaxed(&c->ring->tail);

	for (; tail < head; tail++) {
		struct event_record *record = &records[tail & (RING_EVENTS - 1)];

		if (record->kind == EVENT_LOST) {
			c->lost_in_band += record->size;
			c->next += record->size;
		} else if (record->kind == EVENT_ALLOC) {
			c->in_order &= record->address == c->next;
			c->next = record->address + 1;
			c->events++;
		}
	}
	store_release(&c->ring->tail, tail);
	add_relaxed(&region.header->heartbeat, 1);
	if (load_relaxed(&c->ring->waiting)) {
		add_relaxed(&c->ring->wake, 1);
		syscall(SYS_futex, &c->ring->wake, 1 /* FUTEX_WAKE */, 1, NULL, NULL, 0);
	}
}

static void *consume(void *argument)
{
	struct consumer *c = argument;
	unsigned passes = 0;

	while (!load_acquire(&c->stop)) {
		drain(c);
		if (c->pause_every && ++passes % c->pause_every == 0)
			usleep(c->pause_us);
	}
	drain(c);
	return NULL;
}

static void push(struct thread *t, uint64_t number)
{
	struct section section;
	struct event_record *record;

	thread_enter(t, &section);
	record = ring_reserve(t);
	if (record) {
		record->address = number;
		record->size = 0;
		record->stack = 0;
		record->stamp = stamp_now();
		signal_fence();
		record->kind = EVENT_ALLOC;
	}
	thread_leave(t, &section);
}

/* Sends events against a consumer and checks that none is unaccounted for. */
static void send_all(struct consumer *c, uint64_t events)
{
	struct thread *t = thread_attach();
	pthread_t consumer;

	ck_assert_ptr_nonnull(t);
	c->ring = t->ring;
	c->in_order = true;
	ck_assert_int_eq(pthread_create(&consumer, NULL, consume, c), 0);
	for (uint64_t i = 0; i < events; i++)
		push(t, i);
	store_release(&c->stop, true);
	pthread_join(consumer, NULL);
	ck_assert(c->in_order);
	ck_assert_uint_eq(c->events + load_relaxed(&t->ring->lost), events);
	ck_assert_uint_le(c->lost_in_band, load_relaxed(&t->ring->lost));
}

START_TEST(a_quick_consumer_loses_nothing)
{
	struct consumer c = {0};

	send_all(&c, 2000000);
	ck_assert_uint_eq(c.events, 2000000);
}
END_TEST

START_TEST(a_slow_consumer_is_waited_for)
{
	struct consumer c = {.pause_us = 3000, .pause_every = 1};

	send_all(&c, 30 * RING_EVENTS);
	ck_assert_uint_eq(c.events, 30 * RING_EVENTS);
}
END_TEST

START_TEST(drop_mode_counts_what_it_drops)
{
	struct thread *t = thread_attach();
	struct consumer c = {.ring = t->ring, .in_order = true};

	drain(&c); /* the record that the thread began */
	settings.drop_when_full = true;
	for (uint64_t i = 0; i < 3 * RING_EVENTS; i++)
		push(t, i);
	drain(&c);
	ck_assert_uint_eq(c.events, RING_EVENTS);
	ck_assert_uint_eq(load_relaxed(&t->ring->lost), 2 * RING_EVENTS);
	push(t, 3 * RING_EVENTS);
	drain(&c);
	ck_assert_uint_eq(c.lost_in_band, 2 * RING_EVENTS);
	ck_assert_uint_eq(c.events, RING_EVENTS + 1);
	ck_assert(c.in_order);
}
END_TEST

START_TEST(a_stopped_consumer_is_given_up)
{
	struct thread *t = thread_attach();
	struct consumer c = {.ring = t->ring, .in_order = true};

	drain(&c);
	settings.full_wait_ms = 50;
	for (uint64_t i = 0; i < 3 * RING_EVENTS; i++)
		push(t, i); /* waits once, not for every event */
	drain(&c);
	ck_assert_uint_eq(c.events, RING_EVENTS);
	ck_assert_uint_eq(load_relaxed(&t->ring->lost), 2 * RING_EVENTS);
}
END_TEST

START_TEST(a_collector_that_left_is_not_waited_for)
{
	struct thread *t = thread_attach();
	struct consumer c = {.ring = t->ring, .in_order = true};

	store_relaxed(&region.header->collector_gone, 1);
	for (uint64_t i = 0; i < 3 * RING_EVENTS; i++)
		push(t, i);
	drain(&c);
	ck_assert_uint_eq(c.events + load_relaxed(&t->ring->lost), 3 * RING_EVENTS);
}
END_TEST

/* At the half of the ring, and again when it is full, but only if it sleeps. */
START_TEST(a_sleeping_collector_is_woken)
{
	struct thread *t = thread_attach();
	struct consumer c = {.ring = t->ring, .in_order = true};
	uint64_t i = 0;

	drain(&c);
	settings.full_wait_ms = 50;
	store_relaxed(&region.header->asleep, 1);
	while (i < RING_EVENTS / 2 - 1)
		push(t, i++);
	ck_assert_uint_eq(load_relaxed(&region.header->bell), 0);
	push(t, i++);
	push(t, i++);
	ck_assert_uint_eq(load_relaxed(&region.header->bell), 1);
	ck_assert_uint_eq(load_relaxed(&region.header->asleep), 0);
	while (i < RING_EVENTS)
		push(t, i++);
	ck_assert_uint_eq(load_relaxed(&region.header->bell), 1);
	store_relaxed(&region.header->asleep, 1);
	push(t, i++);
	ck_assert_uint_eq(load_relaxed(&region.header->bell), 2);
	drain(&c);
	ck_assert_uint_eq(c.events + load_relaxed(&t->ring->lost), i);
}
END_TEST

static struct thread *interrupted;
static sigjmp_buf escape;

static void push_in_handler(int number)
{
	(void)number;
	push(interrupted, 1);
}

START_TEST(nested_sections_appear_together)
{
	struct thread *t = interrupted = thread_attach();
	uint64_t before = load_relaxed(&t->ring->head);
	struct event_record *record;
	struct section section;

	signal(SIGUSR1, push_in_handler);
	thread_enter(t, &section);
	record = ring_reserve(t);
	record->address = 0;
	raise(SIGUSR1);
	ck_assert_uint_eq(load_relaxed(&t->ring->head), before);
	record->kind = EVENT_ALLOC;
	thread_leave(t, &section);
	ck_assert_uint_eq(load_relaxed(&t->ring->head), before + 2);
	ck_assert_uint_eq(t->level, 0);
}
END_TEST

static void escape_from_handler(int number)
{
	push(interrupted, 1);
	siglongjmp(escape, number);
}

static __attribute__((noinline)) void abandon_section(struct thread *t)
{
	volatile char deep[4096] = {0}; /* below whatever the test calls afterwards */
	struct section section;

	thread_enter(t, &section);
	ring_reserve(t);
	raise(SIGUSR1);
	deep[0] = deep[1];
}

START_TEST(sections_left_by_siglongjmp_are_counted)
{
	struct thread *t = interrupted = thread_attach();
	struct consumer c = {.ring = t->ring, .in_order = true};

	t->stack_low = (uintptr_t)__builtin_frame_address(0) - (64 << 10);
	signal(SIGUSR1, escape_from_handler);
	for (int i = 0; i < 100; i++)
		if (!sigsetjmp(escape, 1))
			abandon_section(t);
	push(t, 7);
	drain(&c);
	ck_assert_uint_eq(t->level, 0);
	ck_assert_uint_eq(c.events, 101);
	ck_assert_uint_eq(c.lost_in_band, 100);
	ck_assert_uint_eq(load_relaxed(&t->ring->lost), 100);
}
END_TEST

static void setup(void)
{
	long fd = region_create(NULL);

	ck_assert_int_ge(fd, 0);
	close((int)fd);
	thread_start();
}

int main(void)
{
	Suite *suite = suite_create("preload/ring");
	TCase *tests = tcase_create("ring");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, a_quick_consumer_loses_nothing);
	tcase_add_test(tests, a_slow_consumer_is_waited_for);
	tcase_add_test(tests, drop_mode_counts_what_it_drops);
	tcase_add_test(tests, a_stopped_consumer_is_given_up);
	tcase_add_test(tests, a_collector_that_left_is_not_waited_for);
	tcase_add_test(tests, a_sleeping_collector_is_woken);
	tcase_add_test(tests, nested_sections_appear_together);
	tcase_add_test(tests, sections_left_by_siglongjmp_are_counted);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
