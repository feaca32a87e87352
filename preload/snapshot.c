/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "snapshot.h"

#include <linux/futex.h>
#include <string.h>
#include <time.h>

#include "atomics.h"
#include "hello.h"
#include "lock.h"
#include "recorder.h"
#include "region.h"
#include "ring.h"
#include "settings.h"
#include "stamp.h"
#include "syscalls.h"
#include "unwind_walk.h"

#define WAIT_STEP_NS 20000000
/* Of libc: from __run_exit_handlers, exit and what called main to the first function of all. With a main
 * between there are more. */
#define FRAMES_AFTER_MAIN 5u

static struct lock lock;
static const void
	*exit_thread; /* the thread that called exit(), by its thread pointer; NULL: none */
static bool at_teardown; /* one was taken then */
static struct {
	struct arch_kept kept;
	uint64_t registers[ARCH_KEPT_REGISTERS];
} exit_kept;

void snapshot_reset(void)
{
	lock_reset(&lock);
	exit_thread = NULL;
	at_teardown = false;
}

void snapshot_exit_called(const struct arch_kept *kept)
{
	memcpy(&exit_kept, kept, sizeof exit_kept);
	exit_thread = __builtin_thread_pointer();
}

/* Every pass of the collector moves the heartbeat: as long as it does, waiting is safe. */
static void wait_for_answer(struct region_header *h, uint32_t asked)
{
	const struct timespec step = {0, WAIT_STEP_NS};
	uint64_t heartbeat = load_relaxed(&h->heartbeat);
	uint64_t last_sign_ns = stamp_clock_ns();

	while (!load_relaxed(&h->collector_gone)) {
		uint32_t answered = load_acquire(&h->snapshot_answered);
		uint64_t beat = load_relaxed(&h->heartbeat), now_ns = stamp_clock_ns();

		if (answered == asked)
			return;
		if (beat != heartbeat) {
			heartbeat = beat;
			last_sign_ns = now_ns;
		} else if (now_ns - last_sign_ns > settings.full_wait_ms * 1000000) {
			return;
		}
		sys_call(SYS_futex, (long)&h->snapshot_answered, FUTEX_WAIT, answered, (long)&step,
			 0, 0);
	}
}

static void wake_collector(struct region_header *h)
{
	/* It stores asleep, and then looks at what was asked. */
	full_fence();
	if (load_relaxed(&h->asleep))
		ring_bell();
	else
		hello_wake();
}

static void ask(enum snapshot_cause cause, const struct arch_kept *kept, uint32_t register_count)
{
	struct region_header *h = region.header;
	uint64_t mask = lock_acquire(&lock);
	uint32_t asked = load_relaxed(&h->snapshot_asked) + 1;

	h->snapshot_cause = cause;
	h->snapshot_tid = (int32_t)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
	h->snapshot_stack_pointer = kept->stack_pointer;
	h->snapshot_thread_pointer = (uint64_t)__builtin_thread_pointer();
	h->snapshot_register_count = register_count;
	memcpy(h->snapshot_registers, kept->registers, register_count * sizeof(uint64_t));
	store_release(&h->snapshot_asked, asked);
	wake_collector(h);
	wait_for_answer(h, asked);
	lock_release(&lock, mask);
}

/* An own region: a vfork child shares our memory and must not speak for us. */
static bool is_possible(void)
{
	return load_relaxed(recorder_state) == RECORDER_ON &&
	       region.header->pid == (int32_t)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0) &&
	       !(load_relaxed(&region.header->flags) & REGION_UNCOLLECTED) &&
	       !region.header->sample_interval_bytes;
}

void snapshot_now(enum snapshot_cause cause, const struct arch_kept *kept)
{
	if (is_possible() && (cause != SNAPSHOT_AT_END || (!settings.no_snapshot && !at_teardown)))
		ask(cause, kept, ARCH_KEPT_REGISTERS);
}

static __attribute__((noinline)) void ask_here(void)
{
	struct arch_kept here = {.stack_pointer = (uint64_t)__builtin_frame_address(0)};

	ask(SNAPSHOT_AT_TEARDOWN, &here, 0);
}

void snapshot_at_teardown(void)
{
	if (!is_possible() || settings.no_snapshot)
		return;
	__builtin_unwind_init(); /* what registers hold is on the stack, above ask_here's frame */
	ask_here();
	at_teardown = true;
}

void snapshot_no_teardown(void)
{
	at_teardown = false;
}

/*
 * Walks to the outermost frame, whose stack pointer goes to *outermost; returns the number of
 * frames, 0 if one of them could not be found.
 */
static uint32_t walk_out(uint64_t *outermost)
{
	struct unwind_start start = UNWIND_START();
	struct thread *t = thread_current(recorder_serial);
	struct cfi_registers r = {.pc = start.pc, .sp = start.sp, .bp = start.bp};
	enum unwind_step step = UNWIND_OK;
	uint32_t frames = 0;
	struct walk walk;

	if (!t)
		return 0;
	walk_begin(&walk, t, r.sp);
	for (; step == UNWIND_OK && frames <= FRAMES_AFTER_MAIN + 1 && r.pc >= CODE_LOWEST;
	     frames++) {
		*outermost = r.sp;
		step = walk_step(&walk, &r);
	}
	return step == UNWIND_LOST ? 0 : frames;
}

void snapshot_after_handlers(void)
{
	struct arch_kept here = {.stack_pointer = (uint64_t)__builtin_frame_address(0)};
	uint64_t outermost;
	uint32_t frames;

	if (!is_possible() || settings.no_snapshot || at_teardown)
		return;
	if (exit_thread == __builtin_thread_pointer() &&
	    here.stack_pointer < exit_kept.kept.stack_pointer) {
		ask(SNAPSHOT_AT_END, &exit_kept.kept, ARCH_KEPT_REGISTERS);
		return;
	}
	/* Called by libc: because main has returned, or the last thread; then nothing on the stack is
	 * of use to anybody. Or in the middle of the program, by err() for example: then all may be. */
	frames = walk_out(&outermost);
	if (frames && frames <= FRAMES_AFTER_MAIN + 1) {
		here.stack_pointer = outermost;
		ask(SNAPSHOT_AFTER_MAIN, &here, 0);
	} else {
		ask(SNAPSHOT_AT_END, &here, 0);
	}
}
