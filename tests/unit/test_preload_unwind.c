/* SPDX-License-Identifier: MIT */
/*
 * Our unwinder against libunwind, on frames of every shape: recursion, alloca and VLAs, frames
 * realigned for vectors, code without frame pointers, callbacks through libc, signal frames on
 * the own and on an alternate stack, other threads and ucontext stacks. And stacks that were captured
 * in part, their outer frames taken over from the last one, against the same captured as a whole.
 */
#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include <check.h>
#include <alloca.h>
#include <libunwind.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "preload/atomics.h"
#include "preload/modules.h"
#include "preload/recorder.h"
#include "preload/region.h"
#include "preload/rows.h"
#include "preload/settings.h"
#include "preload/stamp.h"
#include "preload/unwind.h"
#include "suite.h"

static _Atomic uint32_t state = RECORDER_ON;
_Atomic uint32_t *recorder_state = &state;
uint32_t recorder_serial = 1;

bool recorder_start(void)
{
	return true;
}

#define FRAMES_MOST 4096

static uint64_t ours[FRAMES_MOST];
static void *theirs[FRAMES_MOST];
static unsigned compared;

/* What is interned must be `count` frames of ours, from innermost to outermost. */
static void assert_interned(uint32_t stack, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_msg(stack && region.nodes[stack].frame == ours[i],
			      "interned frame %u of %u is %lx, not %lx", i, count,
			      (unsigned long)region.nodes[stack].frame, (unsigned long)ours[i]);
		stack = region.nodes[stack].parent;
	}
	ck_assert_uint_eq(stack, 0);
}

static void compare_reused(struct thread *t, const struct unwind_start *start, uint32_t count)
{
	uint32_t stack = unwind_stack(t, 0, start);

	assert_interned(stack, count);
	ck_assert_uint_eq(unwind_stack(t, 0, start), stack);
}

/* A function with a frame pointer, as the hooks are; compares from its caller outwards. */
static __attribute__((noinline)) void compare_here(void)
{
	struct unwind_start start = UNWIND_START();
	struct thread *t = thread_current(recorder_serial);
	uint32_t count, reference;
	unw_word_t last_pc = 0, last_sp = 0;
	unw_cursor_t cursor;
	unw_context_t context;

	ck_assert_ptr_nonnull(t);
	count = unwind_capture(t, &start, ours);
	compare_reused(t, &start, count);
	unw_getcontext(&context);
	unw_init_local(&cursor, &context);
	for (reference = 0; reference < FRAMES_MOST && unw_step(&cursor) > 0; reference++) {
		unw_word_t pc, sp;

		unw_get_reg(&cursor, UNW_REG_IP, &pc);
		unw_get_reg(&cursor, UNW_REG_SP, &sp);
		theirs[reference] = (void *)(pc - (unw_is_signal_frame(&cursor) > 0 ? 0 : 1));
		/* Where a link register leads back to its own frame, libunwind goes round once. */
		if (pc == 0 || (pc == last_pc && sp == last_sp))
			break;
		last_pc = pc;
		last_sp = sp;
	}
	for (uint32_t i = 0; i < reference && i < count; i++) {
		uint64_t a = ours[i], b = (uint64_t)theirs[i];

		/* libunwind tells of a signal frame one frame early: allow the exact pc there. */
		ck_assert_msg(a == b || a == b + 1 || a + 1 == b, "frame %u of %u/%u: %lx, not %lx",
			      i, count, reference, (unsigned long)a, (unsigned long)b);
	}
	ck_assert_msg(count >= reference, "%u frames, libunwind has %u", count, reference);
	ck_assert_msg(count <= reference + 1, "%u frames, libunwind has %u", count, reference);
	compared++;
}

static __attribute__((noinline)) void recurse(unsigned depth)
{
	char pad[16];

	memset(pad, (int)depth, sizeof pad);
	if (depth)
		recurse(depth - 1);
	else
		compare_here();
	__asm__ volatile("" : : "r"(pad) : "memory");
}

static __attribute__((noinline)) void with_alloca(size_t bytes)
{
	volatile char *room = alloca(bytes);

	room[0] = room[bytes - 1] = 1;
	compare_here();
	__asm__ volatile("" : : "r"(room) : "memory");
}

typedef int vector __attribute__((vector_size(64)));

static __attribute__((noinline)) void realigned(unsigned n)
{
	vector v __attribute__((aligned(64)));
	volatile char *room = alloca(n);

	memset(&v, (int)n, sizeof v);
	room[0] = 1;
	compare_here();
	__asm__ volatile("" : : "r"(&v), "r"(room) : "memory");
}

#define FRAMELESS __attribute__((noinline, optimize("omit-frame-pointer")))

static FRAMELESS void frameless(unsigned n)
{
	if (n)
		frameless(n - 1);
	else
		compare_here();
	__asm__ volatile("");
}

static int comparison(const void *a, const void *b)
{
	if (compared < 3)
		compare_here();
	return *(const int *)a - *(const int *)b;
}

START_TEST(frames_of_every_shape)
{
	int numbers[] = {4, 2, 3, 1};

	compare_here();
	recurse(1);
	recurse(500);
	for (size_t bytes = 1; bytes < 100000; bytes *= 7)
		with_alloca(bytes);
	for (unsigned n = 1; n < 5000; n *= 3)
		realigned(n);
	frameless(20);
	compared = 0;
	qsort(numbers, 4, sizeof numbers[0], comparison);
	ck_assert_uint_ge(compared, 3);
}
END_TEST

static void handler(int number)
{
	(void)number;
	compare_here();
}

START_TEST(signal_frames)
{
	struct sigaction action = {.sa_handler = handler};
	stack_t alternate = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	action.sa_flags = SA_ONSTACK;
	sigaltstack(&alternate, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	ck_assert_uint_eq(compared, 3);
}
END_TEST

static void *in_thread(void *argument)
{
	recurse((unsigned)(uintptr_t)argument);
	return NULL;
}

START_TEST(other_threads)
{
	compare_here();
	ck_assert(!load_relaxed(&stamp_fenced));
	for (uintptr_t depth = 0; depth < 50; depth += 7) {
		pthread_t thread;

		pthread_create(&thread, NULL, in_thread, (void *)depth);
		pthread_join(thread, NULL);
		ck_assert(load_relaxed(&stamp_fenced));
	}
}
END_TEST

static ucontext_t main_context, other_context;

static void in_context(void)
{
	recurse(3);
}

START_TEST(other_stacks)
{
	size_t bytes = 256 << 10;

	getcontext(&other_context);
	other_context.uc_stack.ss_sp = malloc(bytes);
	other_context.uc_stack.ss_size = bytes;
	other_context.uc_link = &main_context;
	makecontext(&other_context, in_context, 0);
	swapcontext(&main_context, &other_context);
	ck_assert_uint_eq(compared, 1);
}
END_TEST

static uint64_t random_state;
static unsigned captures;
static jmp_buf *escape;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

static __attribute__((noinline)) void capture_here(void)
{
	struct unwind_start start = UNWIND_START();
	struct thread *t = thread_current(recorder_serial);

	compare_reused(t, &start, unwind_capture(t, &start, ours));
	captures++;
}

static void wander(unsigned depth);

static FRAMELESS void wander_frameless(unsigned depth)
{
	wander(depth);
	__asm__ volatile("");
}

static __attribute__((noinline)) void wander_alloca(unsigned depth)
{
	volatile char *room = alloca(16 + random_below(4) * 512);

	room[0] = 1;
	wander(depth);
	__asm__ volatile("" : : "r"(room) : "memory");
}

static __attribute__((noinline)) void wander_realigned(unsigned depth)
{
	vector v __attribute__((aligned(64)));
	volatile char *room = alloca(8 + random_below(3) * 64);

	memset(&v, (int)depth, sizeof v);
	room[0] = 1;
	wander(depth);
	__asm__ volatile("" : : "r"(&v), "r"(room) : "memory");
}

/* Keeps rbp busy with a value that changes from call to call. */
static FRAMELESS void wander_counting(unsigned depth)
{
	unsigned a = depth, b = depth + 1, c = depth + 2, d = depth + 3, e = depth + 4;

	for (unsigned i = 0; i < 2; i++) {
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
		wander(depth);
	}
	__asm__ volatile("" : : "r"(a), "r"(b), "r"(c), "r"(d), "r"(e));
}

static int wander_comparison(const void *a, const void *b)
{
	(void)a;
	(void)b;
	capture_here();
	return 0;
}

static void wander_handler(int number)
{
	(void)number;
	capture_here();
	if (random_below(4) == 0)
		longjmp(*escape, 1);
}

static __attribute__((noinline)) void wander_escape(unsigned depth)
{
	jmp_buf here, *outer = escape;

	escape = &here;
	if (!_setjmp(here))
		wander(depth);
	escape = outer;
}

static __attribute__((noinline)) void wander(unsigned depth)
{
	int numbers[] = {1, 2};

	capture_here();
	for (unsigned calls = random_below(3); depth && calls; calls--) {
		switch (random_below(7)) {
		case 0:
			wander_frameless(depth - 1);
			break;
		case 1:
			wander_alloca(depth - 1);
			break;
		case 2:
			wander_realigned(depth - 1);
			break;
		case 3:
			wander_counting(depth - 1);
			break;
		case 4:
			qsort(numbers, 2, sizeof *numbers, wander_comparison);
			break;
		case 5:
			raise(SIGUSR1);
			break;
		case 6:
			wander_escape(depth - 1);
			break;
		}
	}
	capture_here();
}

/* Stacks that grow and shrink by frames of all shapes, are left by longjmp and interrupted. */
START_TEST(reused_frames)
{
	struct sigaction action = {.sa_handler = wander_handler, .sa_flags = SA_NODEFER};

	sigaction(SIGUSR1, &action, NULL);
	random_state = (uint64_t)_i;
	while (captures < 20000)
		wander_escape(30);
}
END_TEST

static __attribute__((noinline)) void same_depth(void)
{
	capture_here();
	__asm__ volatile("");
}

static __attribute__((noinline)) void one_parent(void)
{
	same_depth();
	__asm__ volatile("");
}

static __attribute__((noinline)) void other_parent(void)
{
	same_depth();
	__asm__ volatile("");
}

/* The innermost frames have the same registers, only what called them differs. */
START_TEST(called_from_elsewhere)
{
	for (unsigned i = 0; i < 100; i++) {
		if (i % 3 == 0)
			other_parent();
		else
			one_parent();
	}
	ck_assert_uint_eq(captures, 100);
}
END_TEST

typedef void next_step(unsigned depth);

static __attribute__((noinline)) void last_step(unsigned depth)
{
	struct unwind_start start = UNWIND_START();
	struct thread *t = thread_current(recorder_serial);

	(void)depth;
	compare_reused(t, &start, unwind_capture(t, &start, ours));
	captures++;
}

static FRAMELESS void any_step(unsigned depth)
{
	next_step *volatile next = depth ? any_step : last_step;

	next(depth - 1);
	__asm__ volatile("");
}

/* One frame more or less among others that look the same: where the stack pointer was tells. */
START_TEST(recursion_of_changing_depth)
{
	for (unsigned i = 0; i < 200; i++)
		any_step(i * 5 % 11);
	ck_assert_uint_eq(captures, 200);
}
END_TEST

static __attribute__((noinline)) void with_room(size_t bytes)
{
	volatile char *room = alloca(bytes);

	__asm__ volatile("" : : "r"(room));
	capture_here();
	__asm__ volatile("" : : "r"(room));
}

typedef void room_maker(size_t before, size_t bytes);

static __attribute__((noinline)) void with_room_before(size_t before, size_t bytes)
{
	volatile char *room = alloca(before);

	__asm__ volatile("" : : "r"(room));
	with_room(bytes);
	__asm__ volatile("" : : "r"(room));
}

static __attribute__((noinline)) void with_other_room_before(size_t before, size_t bytes)
{
	volatile char *room = alloca(before);

	__asm__ volatile("" : : "r"(room));
	with_room(bytes);
	__asm__ volatile("" : : "r"(room), "r"(bytes));
}

/*
 * The same stack pointer in the same function, whose frame begins elsewhere: where its frame pointer
 * was tells. The return address of before still lies in the room that is now in its place.
 */
START_TEST(frame_pointer_moved)
{
	room_maker *volatile makers[] = {with_room_before, with_other_room_before};

	for (unsigned i = 0; i < 60; i++)
		makers[i % 2](i % 2 ? 1024 : 2048, i % 2 ? 2048 : 1024);
	ck_assert_uint_eq(captures, 60);
}
END_TEST

/* Nothing is walked twice: this would go unseen, but for the time it takes. */
START_TEST(a_known_stack_is_not_walked)
{
	struct unwind_start start = UNWIND_START();
	struct thread *t = thread_current(recorder_serial);
	uint32_t stack = unwind_stack(t, 0, &start);

	memset(&t->fresh, 0, sizeof t->fresh);
	ck_assert_uint_eq(unwind_stack(t, 0, &start), stack);
	ck_assert_uint_eq(t->fresh.frames[THREAD_FRAMES - 1].pc, 0);
	one_parent();
	memset(&t->fresh, 0, sizeof t->fresh);
	other_parent();
	/* Of the frames up to here, only capture_here (whole and then in part), same_depth,
	 * other_parent and this one have moved on. */
	ck_assert_uint_ne(t->fresh.frames[THREAD_FRAMES - 3].pc, 0);
	ck_assert_uint_eq(t->fresh.frames[THREAD_FRAMES - 4].pc, 0);
}
END_TEST

/* Of what was there before modules changed nothing stays, of what was made since, all. */
START_TEST(rows_are_forgotten)
{
	uint64_t pc = (uint64_t)qsort + 1;
	uint32_t row = rows_find(pc);
	_Atomic uint64_t *entry = &rows_table[(pc ^ pc >> 16) % ROWS_COUNT];

	ck_assert_uint_eq(load_relaxed(entry), pc >> 16 << 32 | row);
	store_relaxed(entry, pc >> 16 << 32 | CFI_COMPLEX);
	rows_forget(load_relaxed(&modules_generation));
	ck_assert_uint_eq(rows_find(pc), CFI_COMPLEX);
	rows_forget(load_relaxed(&modules_generation) + 1);
	ck_assert_uint_eq(load_relaxed(entry), 0);
	ck_assert_uint_eq(rows_find(pc), row);
}
END_TEST

static uint32_t deep_count;

static __attribute__((noinline)) void dig(unsigned depth)
{
	struct unwind_start start = UNWIND_START();

	if (depth)
		dig(depth - 1);
	else
		deep_count = unwind_capture(thread_current(recorder_serial), &start, ours);
	__asm__ volatile("");
}

START_TEST(deep_stacks_keep_both_ends)
{
	uint64_t whole[2];

	dig(0);
	ck_assert_uint_gt(deep_count, 2);
	whole[0] = ours[deep_count - 1];
	whole[1] = ours[deep_count - 2];
	dig(5000);
	ck_assert_uint_eq(deep_count, settings.stack_depth);
	ck_assert_uint_eq(ours[settings.stack_depth / 2], FRAME_GAP);
	ck_assert_uint_eq(ours[deep_count - 1], whole[0]);
	ck_assert_uint_eq(ours[deep_count - 2], whole[1]);
}
END_TEST

static void setup(void)
{
	long fd = region_create(NULL);

	ck_assert_int_ge(fd, 0);
	close((int)fd);
	thread_start();
	modules_start();
	compared = captures = 0;
}

int main(void)
{
	Suite *suite = suite_create("preload/unwind");
	TCase *tests = tcase_create("unwind");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, frames_of_every_shape);
	tcase_add_test(tests, signal_frames);
	tcase_add_test(tests, other_threads);
	tcase_add_test(tests, other_stacks);
	tcase_add_loop_test(tests, reused_frames, 0, 10);
	tcase_add_test(tests, called_from_elsewhere);
	tcase_add_test(tests, recursion_of_changing_depth);
	tcase_add_test(tests, frame_pointer_moved);
	tcase_add_test(tests, a_known_stack_is_not_walked);
	tcase_add_test(tests, rows_are_forgotten);
	tcase_add_test(tests, deep_stacks_keep_both_ends);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
