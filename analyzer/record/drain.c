/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "drain.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../util/array.h"
#include "atomics.h"

void drain_init(struct drain *d, struct region *region)
{
	d->region = region;
	d->rings = xcalloc(region->once.ring_slots, sizeof *d->rings);
	d->batch = xcalloc(region->once.ring_events, sizeof *d->batch);
	d->scratch = NULL;
}

void drain_release(struct drain *d)
{
	free(d->rings);
	free(d->batch);
	free(d->scratch);
	memset(d, 0, sizeof *d);
}

static bool is_thread_record(const struct event_record *record)
{
	return record->kind == EVENT_THREAD_BEGIN || record->kind == EVENT_THREAD_NAME ||
	       record->kind == EVENT_THREAD_END;
}

static size_t merge(const struct event_record *left, size_t left_count,
		    const struct event_record *right, size_t right_count, struct event_record *to)
{
	struct event_record *start = to;

	while (left_count && right_count) {
		if (left->stamp <= right->stamp) {
			*to++ = *left++;
			left_count--;
		} else {
			*to++ = *right++;
			right_count--;
		}
	}
	memcpy(to, left, left_count * sizeof *to);
	memcpy(to + left_count, right, right_count * sizeof *to);
	return (size_t)(to - start) + left_count + right_count;
}

/* Stable merge sort, bottom up: bounded whatever the stamps are. */
static void sort_by_stamp(struct event_record *records, struct event_record *scratch, size_t count)
{
	struct event_record *from = records, *to = scratch;

	for (size_t width = 1; width < count; width *= 2) {
		struct event_record *last_to = to;

		for (size_t i = 0; i < count; i += 2 * width) {
			size_t left = count - i < width ? count - i : width;
			size_t right = count - i - left < width ? count - i - left : width;

			to += merge(from + i, left, from + i + left, right, to);
		}
		to = from;
		from = last_to;
	}
	if (from != records)
		memcpy(records, from, count * sizeof *records);
}

static void put_in_order(struct drain *d, size_t count)
{
	struct event_record *batch = d->batch;

	for (size_t begin = 0, end; begin < count; begin = end + 1) {
		bool sorted = true;

		for (end = begin; end < count && !is_thread_record(&batch[end]); end++)
			sorted &= end == begin || batch[end - 1].stamp <= batch[end].stamp;
		if (sorted)
			continue;
		if (!d->scratch)
			d->scratch = xcalloc(d->region->once.ring_events, sizeof *d->scratch);
		sort_by_stamp(batch + begin, d->scratch, end - begin);
	}
}

/*
 * The producer stores `waiting` and then looks at tail; we store tail and then look at `waiting`.
 * If neither fence were there, both could miss the other's store; the producer wakes up by itself
 * after 2 ms then, so that a missed wake costs time and nothing else.
 */
static void give_room(struct ring_header *ring, uint64_t tail)
{
	store_release(&ring->tail, tail);
	full_fence();
	if (!load_relaxed(&ring->waiting))
		return;
	add_release(&ring->wake, 1);
	syscall(SYS_futex, &ring->wake, FUTEX_WAKE, 1, NULL, NULL, 0);
}

size_t drain_ring(struct drain *d, uint32_t number)
{
	struct ring_header *ring = d->region->rings[number];
	struct drain_ring *state = &d->rings[number];
	uint32_t events = d->region->once.ring_events;
	uint64_t head = load_acquire(&ring->head);
	uint64_t count = head - state->tail;
	uint32_t first, until_end;

	if (!count)
		return 0;
	if (state->broken || count > events) {
		state->broken = true;
		state->tail = head;
		give_room(ring, head);
		return 0;
	}
	first = (uint32_t)state->tail & (events - 1);
	until_end = events - first < count ? events - first : (uint32_t)count;
	memcpy(d->batch, region_records(ring) + first, until_end * sizeof *d->batch);
	memcpy(d->batch + until_end, region_records(ring), (count - until_end) * sizeof *d->batch);
	state->tail = head;
	give_room(ring, head);
	put_in_order(d, count);
	return count;
}
