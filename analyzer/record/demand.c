/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "demand.h"

#include <linux/futex.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../util/array.h"
#include "atomics.h"
#include "session.h"
#include "snapshot.h"

#define PAGE_BYTES 4096ull
/* How often a process is stopped until no block is being moved. */
#define TRIES_MAX 30u
#define BETWEEN_TRIES_US 50

/* What a thread has asked for, copied: the process can change it. */
static void read_request(const struct region_header *h, struct snapshot_request *request,
			 uint64_t registers[SNAPSHOT_REGISTERS])
{
	uint32_t count = h->snapshot_register_count;

	request->cause = h->snapshot_cause == SNAPSHOT_CALL ? TRACE_SNAPSHOT_CALL
							    : TRACE_SNAPSHOT_EXIT;
	request->asking_flags = h->snapshot_cause == SNAPSHOT_AFTER_MAIN ? TRACE_FROZEN_EMPTY : 0;
	request->asking_tid = h->snapshot_tid;
	request->stack_pointer = h->snapshot_stack_pointer;
	request->thread_pointer = h->snapshot_thread_pointer;
	request->register_count = count < SNAPSHOT_REGISTERS ? count : SNAPSHOT_REGISTERS;
	for (uint32_t i = 0; i < request->register_count; i++)
		registers[i] = h->snapshot_registers[i];
	request->registers = registers;
	request->copy = request->cause == TRACE_SNAPSHOT_CALL;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct snapshot_range *x = a;
	const struct snapshot_range *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The private memory of the recorder, by the rings that it belongs to. */
static struct snapshot_range *own_ranges(struct session *s, size_t *count)
{
	uint64_t bytes = (s->region.once.thread_state_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	uint32_t rings = region_ring_count(&s->region);
	struct snapshot_range *own = xcalloc(rings ? rings : 1, sizeof *own);

	*count = 0;
	for (uint32_t i = 0; i < rings; i++) {
		const struct ring_header *ring = region_ring(&s->region, i);
		uint64_t start = ring ? ring->thread_state : 0;

		if (start)
			own[(*count)++] = (struct snapshot_range){start, start + bytes};
	}
	qsort(own, *count, sizeof *own, compare_ranges);
	return own;
}

/*
 * Whether a thread is in the middle of a reallocation. Where its block is then is not known: neither
 * here nor there, and what it holds would seem lost.
 */
static bool is_moving(const struct session *s)
{
	uint32_t mask = s->region.once.ring_events - 1, count = region_ring_count(&s->region);

	for (uint32_t i = 0; i < count; i++) {
		const struct ring_header *ring = s->region.rings[i];
		uint64_t head = ring ? load_acquire(&ring->head) : 0;

		if (head && load_relaxed(&ring->owner_tid) &&
		    region_records(ring)[(head - 1) & mask].kind == EVENT_REALLOC_BEGIN)
			return true;
	}
	return false;
}

static void begin(struct session *s, struct snapshot_request *request)
{
	struct demand *d = &s->demand;
	const struct region_header *once = &s->region.once;
	struct snapshot_range *own = own_ranges(s, &request->own_count);

	request->own = own;
	request->detour = (struct detour_place){once->detour_code, once->detour_stack,
						once->detour_stack_bytes};
	if (load_acquire(&s->region.header->python_state) == PYTHON_ON)
		request->names = (struct object_names_source){s->region.header->python_version,
							      s->region.header->python_types[0],
							      s->region.header->python_types[1]};
	request->python_generations = load_relaxed(&s->region.header->python_generations);
	d->cause = request->cause;
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		d->snapshot = snapshot_new(&s->process, once->clock_kind, s->writer, request);
		if (!d->snapshot || !is_moving(s))
			break;
		if (tries + 1 < TRIES_MAX) {
			snapshot_free(d->snapshot);
			usleep(BETWEEN_TRIES_US);
		}
	}
	free(own);
}

static bool begin_asked(struct session *s)
{
	const struct region_header *h = s->region.header;
	struct snapshot_request request = {0};
	uint64_t registers[SNAPSHOT_REGISTERS];

	s->demand.asked = load_acquire(&h->snapshot_asked);
	if (s->demand.asked == s->demand.answered)
		return false;
	read_request(h, &request, registers);
	/* Numbers of threads in another namespace mean others to us. */
	if (!s->same_numbers)
		request.asking_tid = 0;
	begin(s, &request);
	return true;
}

static bool begin_wanted(struct session *s)
{
	struct demand *d = &s->demand;
	struct snapshot_request request = {.copy = true};
	uint64_t now_ns = d->interval_ns ? process_now_ns() : 0;

	d->served = d->waiting_count;
	if (d->served)
		request.cause = TRACE_SNAPSHOT_REQUEST;
	else if (d->interval_ns && now_ns >= d->due_ns)
		request.cause = TRACE_SNAPSHOT_INTERVAL;
	else
		return false;
	d->due_ns = now_ns + d->interval_ns;
	begin(s, &request);
	return true;
}

/* By a thread, which waits until it is answered. */
static bool is_asked(const struct demand *d)
{
	return d->cause == TRACE_SNAPSHOT_EXIT || d->cause == TRACE_SNAPSHOT_CALL;
}

static void answer(struct session *s)
{
	struct demand *d = &s->demand;
	struct region_header *h = s->region.header;

	if (d->answered == d->asked)
		return;
	d->answered = d->asked;
	store_release(&h->snapshot_answered, d->asked);
	syscall(SYS_futex, &h->snapshot_answered, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* To those who had asked when the snapshot was begun. */
static void tell(struct session *s, enum request_result result)
{
	struct demand *d = &s->demand;
	char path[PATH_MAX] = "";

	if (result == REQUEST_DONE && !realpath(s->path, path))
		*path = '\0';
	for (size_t i = 0; i < d->served; i++)
		request_answer(d->socket_fd, &d->waiting[i], result, path);
	if (!d->served)
		return;
	d->waiting_count -= d->served;
	memmove(d->waiting, d->waiting + d->served, d->waiting_count * sizeof *d->waiting);
	d->served = 0;
}

static void finish(struct session *s)
{
	struct demand *d = &s->demand;
	enum request_result result = REQUEST_ENDED;

	if (d->snapshot && snapshot_is_written(d->snapshot))
		result = REQUEST_DONE;
	else if (writer_error(s->writer))
		result = REQUEST_UNWRITTEN;
	if (d->snapshot)
		snapshot_free(d->snapshot);
	d->snapshot = NULL;
	if (is_asked(d))
		answer(s);
	else
		tell(s, result);
}

void demand_ask(struct session *s, const struct request_sender *sender)
{
	struct demand *d = &s->demand;

	ARRAY_GROW(d->waiting, d->waiting_count + 1, d->waiting_capacity);
	d->waiting[d->waiting_count++] = *sender;
}

bool demand_step(struct session *s)
{
	struct demand *d = &s->demand;
	bool done;

	if (s->region.source != REGION_SHARED)
		return false;
	if (s->region.once.sample_interval_bytes) {
		d->served = d->waiting_count;
		tell(s, REQUEST_SAMPLED);
		return false;
	}
	if (!d->snapshot) {
		if (!begin_asked(s) && !begin_wanted(s))
			return false;
		/* Events from before it are still in the rings, and must be in the trace before it if
		 * that is read while the process goes on: else what they tell of is not so yet. */
		if (d->snapshot && d->cause != TRACE_SNAPSHOT_EXIT)
			return true;
	}
	done = !d->snapshot || snapshot_step(d->snapshot);
	if (!done && is_asked(d) && !snapshot_holds(d->snapshot)) {
		answer(s);
		/* What is read must be written even if the process ends meanwhile. */
		done = !snapshot_has_copy(d->snapshot) && snapshot_step(d->snapshot);
	}
	if (done)
		finish(s);
	return true;
}

bool demand_is_open(const struct session *s)
{
	return s->demand.snapshot || s->demand.waiting_count ||
	       load_acquire(&s->region.header->snapshot_asked) != s->demand.answered;
}

void demand_release(struct session *s)
{
	struct demand *d = &s->demand;

	if (d->snapshot)
		finish(s);
	d->served = d->waiting_count;
	tell(s, REQUEST_ENDED);
	free(d->waiting);
}
