/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <linux/futex.h>
#include <string.h>
#include <time.h>

#include "atomics.h"
#include "recorder.h"
#include "region.h"
#include "settings.h"
#include "stamp.h"
#include "syscalls.h"

#define WAIT_STEP_NS 20000000
#define FEW_EVENTS (RING_EVENTS / 2) /* with so many the collector may sleep */

void ring_bell(void)
{
	if (!load_relaxed(&region.header->asleep))
		return;
	store_relaxed(&region.header->asleep, 0);
	add_release(&region.header->bell, 1);
	sys_call(SYS_futex, (long)&region.header->bell, FUTEX_WAKE, 1, 0, 0, 0);
}

static bool has_room(struct thread *t)
{
	uint64_t reserved = *(volatile uint64_t *)&t->reserved;

	if (reserved < t->limit)
		return true;
	t->tail = load_acquire(&t->ring->tail);
	if (reserved - t->tail < FEW_EVENTS) {
		t->limit = t->tail + FEW_EVENTS;
		return true;
	}
	t->limit = t->tail + RING_EVENTS;
	ring_bell();
	return reserved < t->limit;
}

/*
 * Sleeps until the collector has made room. Every pass of the collector moves the heartbeat: as
 * long as it does, waiting is safe; a collector that shows no life for full_wait_ms is given up.
 */
static bool wait_for_room(struct thread *t)
{
	const struct timespec step = {0, WAIT_STEP_NS};
	uint64_t heartbeat = load_relaxed(&region.header->heartbeat);
	uint64_t last_sign_ns = stamp_clock_ns();

	while (!load_relaxed(&region.header->collector_gone)) {
		uint32_t wake = load_acquire(&t->ring->wake);
		uint64_t beat, now_ns;

		store_release(&t->ring->waiting, 1);
		/* The collector stores tail, then looks at waiting: one of us sees the other. */
		full_fence();
		if (has_room(t))
			break;
		sys_call(SYS_futex, (long)&t->ring->wake, FUTEX_WAIT, wake, (long)&step, 0, 0);
		if (has_room(t))
			break;
		beat = load_relaxed(&region.header->heartbeat);
		now_ns = stamp_clock_ns();
		if (beat != heartbeat) {
			heartbeat = beat;
			last_sign_ns = now_ns;
		} else if (now_ns - last_sign_ns > settings.full_wait_ms * 1000000) {
			break;
		}
	}
	store_relaxed(&t->ring->waiting, 0);
	return has_room(t);
}

/* Without a collector a full ring stays as it is, and the thread goes on in a fresh one. */
static bool make_room(struct thread *t)
{
	if (load_relaxed(&region.header->flags) & REGION_UNCOLLECTED)
		return t->level <= 1 && thread_continue_in_new_ring(t);
	if (settings.drop_when_full || t->dropping)
		return false;
	return wait_for_room(t);
}

/* A handler may count in the middle of it. */
static void count_lost(struct thread *t, uint64_t events)
{
	uint64_t *lost = (uint64_t *)&t->ring->lost, before;

	do
		before = load_relaxed(&t->ring->lost);
	while (!cas_own(lost, before, before + events));
}

/* Writes down how much was lost before the event that now finds room. */
static void report_losses(struct thread *t)
{
	uint64_t lost = load_relaxed(&t->ring->lost);
	uint64_t reported = t->lost_reported;
	struct event_record *record;

	if (lost == reported || t->reserved + 1 >= t->limit ||
	    !cas_own(&t->lost_reported, reported, lost))
		return;
	record = ring_take_slot(t);
	if (!record) /* taken by a handler meanwhile: finish_counts finds the difference */
		return;
	memset(record, 0, sizeof *record);
	record->size = lost - reported;
	record->stamp = stamp_now();
	signal_fence();
	record->kind = EVENT_LOST;
}

struct event_record *ring_reserve_slowly(struct thread *t)
{
	struct event_record *record = NULL;

	if (has_room(t) || make_room(t)) {
		if (load_relaxed(&t->ring->lost) != t->lost_reported) {
			t->dropping = false;
			report_losses(t);
		}
		record = ring_take_slot(t); /* unless a handler took the last one meanwhile */
	} else {
		t->dropping = true;
	}
	if (!record)
		count_lost(t, 1);
	return record;
}

void ring_publish(struct thread *t)
{
	store_release(&t->ring->head, t->reserved);
}

void ring_abandon(struct thread *t)
{
	uint64_t at = load_relaxed(&t->ring->head);
	uint64_t published = at ? t->records[(at - 1) & (RING_EVENTS - 1)].stamp : 0;

	for (; at < t->reserved; at++) {
		struct event_record *record = &t->records[at & (RING_EVENTS - 1)];

		if (record->kind != EVENT_NONE && record->stamp >= published)
			continue;
		memset(record, 0, sizeof *record);
		record->stamp = stamp_now();
		record->size = 1;
		record->kind = EVENT_LOST;
		count_lost(t, 1);
		t->lost_reported++;
	}
	ring_publish(t);
}
