/* SPDX-License-Identifier: MIT */
/*
 * Our unwinder against libunwind, on frames of every shape: recursion, alloca and VLAs, frames
 * realigned for vectors, code without frame pointers, callbacks through libc, signal frames on
 * the own and on an alternate stack, other threads and ucontext stacks.
 */
#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include <check.h>
#include <alloca.h>
#include <libunwind.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "preload/modules.h"
#include "preload/recorder.h"
#include "preload/region.h"
#include "preload/settings.h"
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

/* A function with a frame pointer, as the hooks are; compares from its caller outwards. */
static __attribute__((noinline)) void compare_here(void)
{
	struct unwind_start start = UNWIND_START();
	struct thread *t = thread_attach();
	uint32_t count, reference;
	unw_cursor_t cursor;
	unw_context_t context;

	ck_assert_ptr_nonnull(t);
	count = unwind_capture(t, 0, &start, ours);
	unw_getcontext(&context);
	unw_init_local(&cursor, &context);
	for (reference = 0; reference < FRAMES_MOST && unw_step(&cursor) > 0; reference++) {
		unw_word_t pc;

		unw_get_reg(&cursor, UNW_REG_IP, &pc);
		theirs[reference] = (void *)(pc - (unw_is_signal_frame(&cursor) > 0 ? 0 : 1));
		if (pc == 0)
			break;
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

static __attribute__((noinline)) void frameless(unsigned n)
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
	for (uintptr_t depth = 0; depth < 50; depth += 7) {
		pthread_t thread;

		pthread_create(&thread, NULL, in_thread, (void *)depth);
		pthread_join(thread, NULL);
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

static uint32_t deep_count;

static __attribute__((noinline)) void dig(unsigned depth)
{
	struct unwind_start start = UNWIND_START();

	if (depth)
		dig(depth - 1);
	else
		deep_count = unwind_capture(thread_attach(), 0, &start, ours);
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
	compared = 0;
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
	tcase_add_test(tests, deep_stacks_keep_both_ends);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
