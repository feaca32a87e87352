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
	d->batch = d->scratch = NULL;
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
		if (!sorted)
			sort_by_stamp(batch + begin, d->scratch, end - begin);
	}
}

/* Copies the parts and sorts the copy, which is then the only part. */
static void sort_parts(struct drain *d, struct drain_part parts[2])
{
	size_t count = parts[0].count + parts[1].count;

	if (!d->batch) {
		d->batch = xcalloc(d->region->once.ring_events, sizeof *d->batch);
		d->scratch = xcalloc(d->region->once.ring_events, sizeof *d->scratch);
	}
	memcpy(d->batch, parts[0].records, parts[0].count * sizeof *d->batch);
	memcpy(d->batch + parts[0].count, parts[1].records, parts[1].count * sizeof *d->batch);
	put_in_order(d, count);
	parts[0] = (struct drain_part){d->batch, count};
	parts[1].count = 0;
}

static bool is_sorted(const struct drain_part parts[2])
{
	uint64_t before = 0;
	bool sorted = true;

	for (int part = 0; part < 2; part++) {
		const struct event_record *records = parts[part].records;

		for (size_t i = 0; i < parts[part].count; i++) {
			uint64_t stamp = load_once(&records[i].stamp);

			sorted &= before <= stamp;
			before = stamp;
		}
	}
	return sorted;
}

/*
 * The producer stores `waiting` and then looks at tail; we store tail and then look at `waiting`.
 * With a fence between on either side, one of us sees what the other has stored.
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

size_t drain_begin(struct drain *d, uint32_t number, struct drain_part parts[2])
{
	struct ring_header *ring = d->region->rings[number];
	const struct event_record *records = region_records(ring);
	struct drain_ring *state = &d->rings[number];
	uint32_t events = d->region->once.ring_events;
	uint64_t count = load_acquire(&ring->head) - state->tail;
	uint32_t first = (uint32_t)state->tail & (events - 1);

	if (count && (state->broken || count > events)) {
		state->broken = true;
		drain_end(d, number, count);
		count = 0;
	}
	parts[0] = (struct drain_part){records + first,
				       count < events - first ? count : events - first};
	parts[1] = (struct drain_part){records, count - parts[0].count};
	if (!is_sorted(parts))
		sort_parts(d, parts);
	return count;
}

void drain_end(struct drain *d, uint32_t number, size_t records)
{
	struct drain_ring *state = &d->rings[number];

	state->tail += records;
	if (records)
		give_room(d->region->rings[number], state->tail);
}
