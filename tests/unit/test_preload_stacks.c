/* SPDX-License-Identifier: MIT */
/*
 * The shared stack table under contention: threads that intern the same paths at the same time
 * must all get the same ids, and the ids must lead back to the paths. Also run under TSan.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/atomics.h"
#include "preload/recorder.h"
#include "preload/region.h"
#include "preload/stacks.h"
#include "suite.h"

#define THREADS 8
#define PATHS 2000
#define DEPTH 12

static _Atomic uint32_t state = RECORDER_ON;
_Atomic uint32_t *recorder_state = &state;
uint32_t recorder_serial = 1;

bool recorder_start(void)
{
	return true;
}

static uint32_t ids[THREADS][PATHS];
static pthread_barrier_t barrier;

/* Frames of a path, innermost first; neighbouring paths share their outer part. */
static void make_path(uint32_t path, uint64_t *frames)
{
	for (uint32_t i = 0; i < DEPTH; i++)
		frames[DEPTH - 1 - i] = 0x1000 + 0x10 * (uint64_t)(path >> (DEPTH - 1 - i));
}

/* As a walk does that kept nothing of the last stack: through the table of paths. */
static uint32_t intern_fresh(struct thread *t, const uint64_t *frames)
{
	struct thread_frame *fresh = t->fresh.frames + THREAD_FRAMES - DEPTH;
	uint32_t stack;

	for (uint32_t i = 0; i < DEPTH; i++)
		fresh[i].frame = frames[DEPTH - 1 - i];
	ck_assert(stacks_intern_fresh(t, fresh, DEPTH, 0, &stack));
	ck_assert_uint_eq(fresh[DEPTH - 1].node, stack);
	return stack;
}

static void *intern_all(void *argument)
{
	uint32_t self = (uint32_t)(uintptr_t)argument;
	struct thread *t = calloc(1, sizeof *t);

	pthread_barrier_wait(&barrier);
	for (uint32_t i = 0; i < 2 * PATHS; i++) {
		uint32_t path = self % 2 ? i % PATHS : PATHS - 1 - i % PATHS;
		uint64_t frames[DEPTH];
		uint32_t id;

		make_path(path, frames);
		id = (self + i) % 3 ? intern_fresh(t, frames) : stacks_intern_all(t, frames, DEPTH);
		if (ids[self][path])
			ck_assert_uint_eq(ids[self][path], id);
		ids[self][path] = id;
	}
	free(t);
	return NULL;
}

START_TEST(racing_threads_agree)
{
	pthread_t threads[THREADS];
	uint64_t frames[DEPTH];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, intern_all, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t path = 0; path < PATHS; path++) {
		uint32_t node = ids[0][path];

		for (int i = 1; i < THREADS; i++)
			ck_assert_uint_eq(ids[i][path], node);
		make_path(path, frames);
		for (uint32_t i = 0; i < DEPTH; i++) {
			ck_assert_uint_eq(region.nodes[node].frame, frames[i]);
			node = region.nodes[node].parent;
		}
		ck_assert_uint_eq(node, 0);
	}
}
END_TEST

static uint32_t intern_path(struct thread *t, uint32_t count, const uint64_t *outermost_first)
{
	uint64_t frames[DEPTH];

	for (uint32_t i = 0; i < count; i++)
		frames[i] = outermost_first[count - 1 - i];
	return stacks_intern_all(t, frames, count);
}

START_TEST(distinct_paths_have_distinct_ids)
{
	uint32_t a = intern_path(NULL, 1, (uint64_t[]){0x1111});
	uint32_t b = intern_path(NULL, 1, (uint64_t[]){0x2222});

	ck_assert_uint_ne(a, 0);
	ck_assert_uint_ne(a, b);
	ck_assert_uint_ne(intern_path(NULL, 2, (uint64_t[]){0x1111, 0x2222}), b);
	ck_assert_uint_ne(intern_path(NULL, 2, (uint64_t[]){0x1111, 0x2222}),
			  intern_path(NULL, 2, (uint64_t[]){0x2222, 0x1111}));
	ck_assert_uint_eq(intern_path(NULL, 1, (uint64_t[]){0x1111}), a);
}
END_TEST

START_TEST(a_full_table_cuts_and_counts)
{
	struct thread *t = calloc(1, sizeof *t);
	uint64_t frames[3] = {0x30, 0x20, 0x10};
	uint32_t outer = intern_path(t, 1, (uint64_t[]){0x10});

	store_relaxed(&region.header->nodes_used, STACK_NODES);
	ck_assert_uint_eq(stacks_intern_all(t, frames, 3), outer);
	ck_assert_uint_eq(load_relaxed(&region.header->stacks_truncated), 1);
	free(t);
}
END_TEST

static void setup(void)
{
	long fd = region_create(NULL);

	ck_assert_int_ge(fd, 0);
	close((int)fd);
	stacks_reset();
}

int main(void)
{
	Suite *suite = suite_create("preload/stacks");
	TCase *tests = tcase_create("stacks");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, racing_threads_agree);
	tcase_add_test(tests, distinct_paths_have_distinct_ids);
	tcase_add_test(tests, a_full_table_cuts_and_counts);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
