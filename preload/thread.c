/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "thread.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include "atomics.h"
#include "lock.h"
#include "recorder.h"
#include "region.h"
#include "ring.h"
#include "stamp.h"
#include "syscalls.h"
#include "unwind.h"

#define PAGE 4096u
/* Data destructors run in up to four rounds; ours gives the ring up in the last. */
#define EXIT_ROUNDS 4
#define MAIN_STACK_MOST (64u << 20) /* the kernel reserves 128 MiB at least */

extern void *__libc_stack_end;

__thread struct thread_local_state thread_local_state;

/* The state that goes with each ring; by ring number. Kept for the next owner. */
static struct thread *registry[RING_SLOTS];
static uint32_t free_rings[RING_SLOTS]; /* stack of ring numbers given back */
static uint32_t free_count;
static uint32_t late_count; /* rings whose owner can not give them back, see ring_header.late */
static uint32_t last_number;
static struct lock lock;
static pthread_key_t key;
static bool key_exists;
static const void *main_thread;
static uint64_t main_stack_bytes; /* below __libc_stack_end, certainly of the main stack */

static void thread_key_destructor(void *ring_number);

void thread_start(void)
{
	struct rlimit limit = {0, 0};

	sys_call(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&limit, 0, 0);
	main_stack_bytes = (limit.rlim_cur < MAIN_STACK_MOST ? limit.rlim_cur : MAIN_STACK_MOST) /
				   2 &
			   ~(uint64_t)(PAGE - 1);
	main_thread = __builtin_thread_pointer();
	if (!key_exists)
		key_exists = pthread_key_create(&key, thread_key_destructor) == 0;
}

void thread_reset_after_fork(void)
{
	lock_reset(&lock);
	/* Rings that were filled up and left behind have no state: their numbers are gaps. */
	for (uint32_t i = 0; i < region.rings_mapped; i++) {
		struct thread *t = registry[i];

		if (!t || !t->ring)
			continue;
		region_forget_ring(t->ring, t == thread_local_state.thread && t->level > 0);
		t->ring = NULL;
	}
	free_count = 0;
	late_count = 0;
	last_number = 0;
	store_relaxed(&stamp_fenced, false);
	thread_local_state.thread = NULL;
	thread_local_state.attaching = false;
}

/* A free ring: one given back, one that the collector freed, or a new one. Lock is held. */
static bool take_ring(uint32_t *number)
{
	struct ring_header *ring;

	if (free_count) {
		*number = free_rings[--free_count];
		return true;
	}
	for (uint32_t i = 0; late_count && i < region.rings_mapped; i++) {
		ring = registry[i] ? registry[i]->ring : NULL;
		if (!ring || !load_relaxed(&ring->late) || load_acquire(&ring->owner_tid))
			continue;
		store_relaxed(&ring->late, 0);
		late_count--;
		*number = i;
		return true;
	}
	*number = region.rings_mapped;
	if (*number >= RING_SLOTS)
		return false;
	if (!registry[*number])
		registry[*number] = sys_map_private(sizeof(struct thread));
	if (!registry[*number])
		return false;
	ring = region_map_ring();
	if (!ring)
		return false;
	ring->thread_state = (uint64_t)registry[*number];
	registry[*number]->ring = ring;
	registry[*number]->records = region_records(ring);
	registry[*number]->reserved = registry[*number]->tail = registry[*number]->limit = 0;
	registry[*number]->lost_reported = 0;
	return true;
}

static void find_stack(struct thread *t)
{
	const char *self = __builtin_thread_pointer();

	/* glibc puts a thread's descriptor at the end of its stack, also of one it was given. */
	t->stack_high = self == main_thread ? (uintptr_t)__libc_stack_end : (uintptr_t)self;
	t->stack_low = t->stack_high & ~(uintptr_t)(PAGE - 1);
	/* The kernel keeps this much below for it alone; what lies above any stack pointer in there
	 * is mapped. Nothing needs to be asked then, which a seccomp filter may forbid. */
	if (self == main_thread)
		t->stack_low -= main_stack_bytes;
}

/* Writes that the thread begins or ends; becomes visible with the next publication. */
static void push(struct thread *t, enum event_kind kind, uint64_t tid, uint64_t number)
{
	struct event_record *record = ring_reserve(t);

	if (!record)
		return;
	record->address = tid;
	record->size = number;
	record->stack = 0;
	record->api = API_NONE;
	record->detail = 0;
	record->stamp = stamp_now();
	signal_fence();
	record->kind = (uint8_t)kind;
}

static void push_begin(struct thread *t, uint32_t tid)
{
	push(t, EVENT_THREAD_BEGIN, tid, t->number);
	ring_publish(t);
}

static void adopt(struct thread *t, uint32_t thread_number, bool late)
{
	uint32_t tid = (uint32_t)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);

	t->process = recorder_serial;
	t->owner = &thread_local_state;
	t->number = thread_number;
	t->level = 0;
	t->abandoned++; /* a section of the parent's, if we forked inside one, is no longer ours */
	t->dropping = false;
	t->exit_rounds = 0;
	t->spare_node = 0;
	unwind_forget(t);
	memset(t->callers, 0, sizeof t->callers); /* they hold nodes, perhaps of another region */
	find_stack(t);
	store_relaxed(&t->ring->late, late);
	store_release(&t->ring->owner_tid, tid);
	push_begin(t, tid);
	if (t->stack_high != (uintptr_t)__libc_stack_end)
		push(t, EVENT_THREAD_STACK, t->stack_high, 0);
}

struct thread *thread_attach(void)
{
	struct thread_local_state *local = &thread_local_state;
	struct thread *t = NULL;
	uint32_t number;
	uint64_t mask;

	if (!local->attaching) {
		local->attaching = true;
		mask = lock_acquire(&lock);
		if (take_ring(&number)) {
			t = registry[number];
			if (++last_number > 1)
				store_relaxed(&stamp_fenced, true);
			adopt(t, last_number, local->exited);
			late_count += local->exited;
		}
		lock_release(&lock, mask);
	}
	if (!t) {
		add_relaxed(&region.header->events_unattached, 1);
		return NULL;
	}
	local->thread = t;
	local->attaching = false;
	if (key_exists && !local->exited)
		pthread_setspecific(key, (void *)(uintptr_t)(number + 1));
	return t;
}

static void detach(struct thread *t, uint32_t number)
{
	uint64_t mask;

	push(t, EVENT_THREAD_END, 0, 0);
	ring_publish(t);
	thread_local_state.thread = NULL;
	thread_local_state.exited = true;
	mask = lock_acquire(&lock);
	store_release(&t->ring->owner_tid, 0);
	free_rings[free_count++] = number;
	lock_release(&lock, mask);
}

/* Runs among the program's own destructors, which may still allocate: stays until the last round. */
static void thread_key_destructor(void *ring_number)
{
	struct thread *t = thread_local_state.thread;

	if (!t || t->process != recorder_serial || t->owner != &thread_local_state)
		return;
	if (++t->exit_rounds < EXIT_ROUNDS)
		pthread_setspecific(key, ring_number);
	else
		detach(t, (uint32_t)(uintptr_t)ring_number - 1);
}

bool thread_continue_in_new_ring(struct thread *t)
{
	uint64_t mask = lock_acquire(&lock);
	struct ring_header *ring = region_map_ring();
	struct ring_header *full = t->ring;
	uint32_t tid = load_relaxed(&full->owner_tid);

	if (ring) {
		ring_publish(t);
		t->ring = ring;
		t->records = region_records(ring);
		t->reserved = t->tail = t->limit = t->lost_reported = 0;
		store_relaxed(&ring->owner_tid, tid);
		push_begin(t, tid);
		region_forget_ring(full, false);
	}
	lock_release(&lock, mask);
	return ring != NULL;
}

static bool on_alternate_stack(void)
{
	stack_t alternate;

	return sys_call(SYS_sigaltstack, 0, (long)&alternate, 0, 0, 0, 0) != 0 ||
	       (alternate.ss_flags & SS_ONSTACK);
}

/*
 * Whether code that was running when the stack pointer was at `then` can not come back: we are
 * above it on the same stack, so it was left by longjmp. An alternate signal stack does not count:
 * it may be memory inside an outer frame.
 */
static bool frame_is_gone(const struct thread *t, uintptr_t then, uintptr_t now)
{
	return now >= then && then >= t->stack_low && now < t->stack_high && !on_alternate_stack();
}

bool thread_left_allocator(uintptr_t sp)
{
	struct thread_local_state *local = &thread_local_state;

	if (!local->thread || !frame_is_gone(local->thread, ~local->inside_sp, sp))
		return false;
	local->inside = 0;
	return true;
}

void thread_give_up_sections(struct thread *t, uintptr_t sp)
{
	/* Sections on record that hold back everything else are as good as gone. */
	if (t->reserved - load_relaxed(&t->ring->head) <= RING_EVENTS / 2 &&
	    !frame_is_gone(t, t->section_sp, sp))
		return;
	t->abandoned++;
	t->level = 0;
	ring_abandon(t);
}
