/* SPDX-License-Identifier: MIT */
/*
 * The table of programs that could not be recorded: however many tell at once, what was told and not
 * taken back is what the table and its overflow hold together. Also run under TSan.
 */
#define _GNU_SOURCE
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/atomics.h"
#include "preload/recorder.h"
#include "preload/region.h"
#include "preload/unrecorded.h"
#include "suite.h"

#define THREADS 4
#define ROUNDS 20000

static _Atomic uint32_t state = RECORDER_ON;
_Atomic uint32_t *recorder_state = &state;
uint32_t recorder_serial = 1;

bool recorder_start(void)
{
	return true;
}

static void setup(void)
{
	long fd = region_create(NULL);

	ck_assert_int_ge(fd, 0);
	close((int)fd);
}

static struct exec_target program(unsigned number)
{
	struct exec_target target = {.reason = UNRECORDED_STATIC};

	target.path_bytes = (uint32_t)snprintf(target.path, sizeof target.path, "/opt/%u", number);
	return target;
}

static unrecorded_ticket tell(unsigned number)
{
	struct exec_target target = program(number);

	return unrecorded_tell(&target);
}

/* How often a program was told, over all its entries. */
static uint64_t times_of(unsigned number, unsigned *entries)
{
	struct exec_target target = program(number);
	uint64_t times = 0;

	*entries = 0;
	for (uint32_t i = 0; i < UNRECORDED_SLOTS; i++) {
		struct unrecorded_entry *entry = &region.unrecorded[i];

		if (load_acquire(&entry->state) != UNRECORDED_FILLED ||
		    entry->path_bytes != target.path_bytes ||
		    memcmp(entry->path, target.path, target.path_bytes))
			continue;
		ck_assert_uint_eq(entry->reason, UNRECORDED_STATIC);
		times += load_relaxed(&entry->times);
		++*entries;
	}
	return times;
}

START_TEST(the_same_program_is_counted)
{
	unsigned entries;

	for (int i = 0; i < 1000; i++)
		tell(1);
	tell(2);
	ck_assert_uint_eq(times_of(1, &entries), 1000);
	ck_assert_uint_eq(entries, 1);
	ck_assert_uint_eq(times_of(2, &entries), 1);
	ck_assert_uint_eq(entries, 1);
	ck_assert_uint_eq(load_relaxed(&region.header->unrecorded_lost), 0);
}
END_TEST

START_TEST(another_reason_is_another_entry)
{
	struct exec_target target = program(1);

	unrecorded_tell(&target);
	target.reason = UNRECORDED_MUSL;
	unrecorded_tell(&target);
	ck_assert_uint_eq(region.unrecorded[0].reason, UNRECORDED_STATIC);
	ck_assert_uint_eq(region.unrecorded[1].reason, UNRECORDED_MUSL);
}
END_TEST

START_TEST(longest_paths_fit)
{
	struct exec_target target = {.reason = UNRECORDED_STATIC,
				     .path_bytes = UNRECORDED_PATH_BYTES};

	memset(target.path, 'x', sizeof target.path);
	unrecorded_tell(&target);
	tell(1);
	ck_assert_mem_eq(region.unrecorded[0].path, target.path, UNRECORDED_PATH_BYTES);
	ck_assert_uint_eq(load_relaxed(&region.unrecorded[1].state), UNRECORDED_FILLED);
}
END_TEST

START_TEST(failed_executions_are_taken_back)
{
	unrecorded_ticket ticket = tell(1);
	unsigned entries;

	tell(1);
	unrecorded_take_back(ticket);
	ck_assert_uint_eq(times_of(1, &entries), 1);
	unrecorded_take_back(0);
	for (unsigned i = 2; i < UNRECORDED_SLOTS + 2; i++)
		ticket = tell(i);
	ck_assert_uint_eq(load_relaxed(&region.header->unrecorded_lost), 1);
	unrecorded_take_back(ticket);
	ck_assert_uint_eq(load_relaxed(&region.header->unrecorded_lost), 0);
	ck_assert_uint_eq(times_of(UNRECORDED_SLOTS, &entries), 1);
}
END_TEST

/* Whoever was killed while it filled an entry must not be waited for. */
START_TEST(abandoned_entries_are_passed_by)
{
	unsigned entries;

	store_relaxed(&region.unrecorded[0].state, UNRECORDED_FILLING);
	tell(1);
	tell(1);
	ck_assert_uint_eq(times_of(1, &entries), 2);
	ck_assert_uint_eq(entries, 1);
}
END_TEST

START_TEST(a_vfork_child_tells_for_its_parent)
{
	unsigned entries;
	pid_t pid = vfork();

	if (pid == 0) {
		tell(1);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	ck_assert_uint_eq(times_of(1, &entries), 1);
}
END_TEST

/* More programs than there is room for; every third execution fails. */
static void *tell_many(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		unrecorded_ticket ticket = tell(i * seed % (UNRECORDED_SLOTS + 8));

		if (i % 3 == 0)
			unrecorded_take_back(ticket);
	}
	return NULL;
}

START_TEST(nothing_is_lost_in_a_race)
{
	uint64_t told = THREADS * (ROUNDS - (ROUNDS + 2) / 3), found;
	pthread_t threads[THREADS];
	unsigned entries;

	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, tell_many, (void *)(2 * i + 1)),
				 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	found = load_relaxed(&region.header->unrecorded_lost);
	ck_assert_uint_gt(found, 0);
	for (unsigned i = 0; i < UNRECORDED_SLOTS + 8; i++) {
		found += times_of(i, &entries);
		ck_assert_uint_le(entries, THREADS);
	}
	ck_assert_uint_eq(found, told);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("preload/unrecorded");
	TCase *tests = tcase_create("unrecorded");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, the_same_program_is_counted);
	tcase_add_test(tests, another_reason_is_another_entry);
	tcase_add_test(tests, longest_paths_fit);
	tcase_add_test(tests, failed_executions_are_taken_back);
	tcase_add_test(tests, abandoned_entries_are_passed_by);
	tcase_add_test(tests, a_vfork_child_tells_for_its_parent);
	tcase_add_loop_test(tests, nothing_is_lost_in_a_race, 0, 3);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
