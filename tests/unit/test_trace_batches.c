/* SPDX-License-Identifier: MIT */
/*
 * test_trace_batches.c - however events are asked for and whoever decodes them, they are the same.
 *
 * Most tests run twice: with everything in the thread of the caller, and with a thread that works
 * ahead. Nothing here depends on how far that thread has come.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "analyzer/trace/format.h"
#include "analyzer/trace/readahead.h"
#include "trace_fixture.h"
#include "suite.h"

enum { ALONE, AHEAD, MODES };

#define THREADS_MAX 12
/* More events than the thread may be ahead. */
#define MANY ((READAHEAD_BATCHES + 2) * READAHEAD_EVENTS)

/* The events of the trace in hand, in the order in which they must come back. */
static struct trace_event *wanted;
static size_t wanted_count;

static void forget(void)
{
	free(wanted);
	wanted = NULL;
	remove_folder();
}

static bool leaves_live_set(const struct trace_event *event)
{
	return event->kind == EVENT_FREE || event->kind == EVENT_REALLOC_BEGIN ||
	       event->kind == EVENT_UNMAP || event->kind == EVENT_REMAP_BEGIN;
}

static bool comes_before(const struct trace_event *a, const struct trace_event *b)
{
	if (a->stamp != b->stamp)
		return a->stamp < b->stamp;
	if (leaves_live_set(a) != leaves_live_set(b))
		return leaves_live_set(a);
	return a->thread < b->thread;
}

/* The rule of merge.h, word for word: of all threads' next events the first. */
static void sort_naively(const struct trace_event *events, size_t count)
{
	size_t next[THREADS_MAX + 1] = {0};

	wanted = calloc(count, sizeof *wanted);
	for (wanted_count = 0; wanted_count < count; wanted_count++) {
		size_t first = count;
		thread_id from = 0;

		for (thread_id thread = 1; thread <= THREADS_MAX; thread++) {
			size_t *at = &next[thread];

			while (*at < count && events[*at].thread != thread)
				++*at;
			if (*at < count &&
			    (first == count || comes_before(&events[*at], &events[first]))) {
				first = *at;
				from = thread;
			}
		}
		wanted[wanted_count] = events[first];
		next[from]++;
	}
}

/* Writes a trace of `count` events in which stamps are often equal and threads take turns. */
static void write_random_trace(size_t count, thread_id threads)
{
	static const uint8_t kinds[] = {EVENT_ALLOC,	   EVENT_FREE, EVENT_REALLOC_BEGIN,
					EVENT_REALLOC_END, EVENT_MAP,  EVENT_UNMAP};
	struct trace_event *events = calloc(count, sizeof *events);
	uint64_t stamps[THREADS_MAX + 1] = {0};
	struct writer *w = start();
	thread_id thread = 1;

	for (size_t i = 0; i < count; i++) {
		if (random() % 3 == 0)
			thread = 1 + (thread_id)random() % threads;
		if (random() % 2)
			stamps[thread] += random() % 500 ? (uint64_t)random() % 3 : 5000;
		events[i] = (struct trace_event){.stamp = stamps[thread],
						 .address = i * 16,
						 .size = i,
						 .thread = thread,
						 .kind = kinds[(size_t)random() % sizeof kinds]};
		if (events[i].kind == EVENT_FREE)
			events[i].size = 0;
		writer_event(w, &events[i]);
		if (random() % 2000 == 0)
			writer_flush(w);
	}
	finish(w);
	sort_naively(events, count);
	free(events);
}

static struct reader *open_in_mode(int mode)
{
	struct reader *r = open_trace();

	reader_use_threads(r, mode == AHEAD);
	return r;
}

/* Reads up to `most` events from the one at `position` on, with both calls mixed. Returns where it
 * stopped. */
static size_t read_some(struct reader *r, size_t position, size_t most)
{
	size_t end = position + most < wanted_count ? position + most : wanted_count;

	while (position < end) {
		const struct trace_event *events;
		struct trace_event event;
		size_t count = 1;

		if (random() % 2) {
			count = reader_batch(r, &events);
		} else {
			REQUIRE(reader_next(r, &event));
			events = &event;
		}
		REQUIRE(count > 0 && count <= wanted_count - position);
		for (size_t i = 0; i < count; i++)
			expect(&events[i], &wanted[position + i]);
		position += count;
	}
	return position;
}

static void expect_end(struct reader *r)
{
	const struct trace_event *events;
	struct trace_event event;

	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(reader_batch(r, &events), 0);
		ck_assert(!reader_next(r, &event));
	}
}

/* Also proves the merge right: runs of one thread, ties, chunks of all lengths. */
START_TEST(both_modes_read_what_a_naive_merge_makes)
{
	srandom((unsigned)_i + 1);
	write_random_trace(20000 + (size_t)random() % 20000, 1 + (thread_id)_i % THREADS_MAX);
	for (int mode = 0; mode < MODES; mode++) {
		struct reader *r = open_in_mode(mode);

		ck_assert_uint_eq(read_some(r, 0, wanted_count), wanted_count);
		expect_end(r);
		expect_whole(r);
		reader_free(r);
	}
}
END_TEST

START_TEST(counts_around_the_size_of_a_batch)
{
	static const size_t counts[] = {1,
					2,
					READAHEAD_EVENTS - 1,
					READAHEAD_EVENTS,
					READAHEAD_EVENTS + 1,
					READAHEAD_BATCHES * READAHEAD_EVENTS,
					READAHEAD_BATCHES * READAHEAD_EVENTS + 1};

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		write_random_trace(counts[i], 3);
		for (int mode = 0; mode < MODES; mode++) {
			struct reader *r = open_in_mode(mode);

			ck_assert_uint_eq(read_some(r, 0, wanted_count), wanted_count);
			expect_end(r);
			expect_whole(r);
			reader_free(r);
		}
		free(wanted);
		wanted = NULL;
		unlink(path);
	}
}
END_TEST

START_TEST(nothing_to_read)
{
	struct reader *r;

	finish(start());
	r = open_in_mode(_i);
	expect_end(r);
	reader_rewind(r);
	expect_end(r);
	expect_whole(r);
	reader_free(r);
}
END_TEST

START_TEST(rewinding_anywhere_starts_again)
{
	struct reader *r;

	srandom(7);
	write_random_trace(MANY, 4);
	r = open_in_mode(_i);
	reader_rewind(r);
	for (int round = 0; round < 12; round++) {
		size_t most = round % 4 == 3 ? wanted_count : (size_t)random() % wanted_count;

		if (read_some(r, 0, most) == wanted_count && round % 2)
			expect_end(r);
		reader_rewind(r);
	}
	ck_assert_uint_eq(read_some(r, 0, wanted_count), wanted_count);
	expect_end(r);
	expect_whole(r);
	reader_free(r);
}
END_TEST

START_TEST(freeing_anywhere_is_clean)
{
	srandom(8);
	write_random_trace(MANY, 4);
	for (int round = 0; round < 16; round++) {
		struct reader *r = open_in_mode(_i);

		read_some(r, 0, (size_t)round * wanted_count / 15);
		if (round % 3 == 1)
			reader_rewind(r);
		reader_free(r);
	}
}
END_TEST

/* Breaks the event chunk in the middle of the file. */
static void break_file(void)
{
	uint64_t offset = FILE_HEADER_BYTES;
	struct chunk_header header;
	struct source source;
	uint8_t byte;
	int fd;

	ck_assert(source_open(&source, path));
	while (source_header(&source, offset, &header) &&
	       (header.type != CHUNK_EVENTS || offset < source.file_bytes / 2))
		offset = source_next(offset, &header);
	ck_assert(!source.damaged);
	source_release(&source);
	offset += CHUNK_HEADER_BYTES + header.stored_bytes - 1;
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, &byte, 1, (off_t)offset), 1);
	byte ^= 0x55;
	ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)offset), 1);
	close(fd);
}

static size_t read_to_damage(struct reader *r, bool told_before)
{
	const struct trace_event *events;
	size_t count, position = 0;

	while ((count = reader_batch(r, &events))) {
		REQUIRE(!reader_damage(r) || told_before);
		REQUIRE(count <= wanted_count - position);
		for (size_t i = 0; i < count; i++)
			expect(&events[i], &wanted[position + i]);
		position += count;
	}
	expect_end(r);
	ck_assert_ptr_nonnull(reader_damage(r));
	ck_assert_str_eq(reader_damage(r)->message, "checksum mismatch in event chunk");
	return position;
}

START_TEST(damage_comes_in_its_place)
{
	size_t position[MODES];

	srandom(9);
	write_random_trace(2 * MANY, 3);
	break_file();
	for (int mode = 0; mode < MODES; mode++) {
		struct reader *r = open_in_mode(mode);

		ck_assert_ptr_null(reader_damage(r));
		position[mode] = read_to_damage(r, false);
		reader_rewind(r);
		ck_assert_uint_eq(read_to_damage(r, true), position[mode]);
		reader_free(r);
	}
	ck_assert_uint_gt(position[ALONE], READAHEAD_EVENTS);
	ck_assert_uint_eq(position[ALONE], position[AHEAD]);
}
END_TEST

/* Whether or not the thread had come upon it: nobody was told. */
START_TEST(damage_ahead_is_forgotten_by_rewinding)
{
	size_t position;
	struct reader *r;

	srandom(10);
	write_random_trace(4 * READAHEAD_EVENTS, 2);
	break_file();
	r = open_in_mode(ALONE);
	position = read_to_damage(r, false);
	ck_assert_uint_gt(position, READAHEAD_EVENTS + 1000);
	reader_free(r);
	for (int round = 0; round < 20; round++) {
		r = open_in_mode(_i);
		read_some(r, 0, 1 + (size_t)random() % (position - READAHEAD_EVENTS));
		ck_assert_ptr_null(reader_damage(r));
		reader_rewind(r);
		ck_assert_ptr_null(reader_damage(r));
		ck_assert_uint_eq(read_to_damage(r, false), position);
		reader_free(r);
	}
}
END_TEST

static bool is_worker(const char *task)
{
	char line[80] = "";
	char where[300];
	FILE *file;

	snprintf(where, sizeof where, "/proc/self/task/%s/comm", task);
	file = fopen(where, "r");
	if (!file)
		return false;
	if (!fgets(line, sizeof line, file))
		*line = 0;
	fclose(file);
	return !strcmp(line, READAHEAD_THREAD_NAME "\n");
}

/* The thread that reads ahead, 0 if there is none. */
static long find_worker(void)
{
	DIR *list = opendir("/proc/self/task");
	struct dirent *entry;
	long found = 0;

	ck_assert_ptr_nonnull(list);
	while ((entry = readdir(list)))
		if (is_worker(entry->d_name))
			found = strtol(entry->d_name, NULL, 10);
	closedir(list);
	return found;
}

/* One that was joined may stay in the list for a moment. */
static void await_no_worker(void)
{
	for (int i = 0; i < 10000 && find_worker(); i++)
		usleep(1000);
	ck_assert_int_eq(find_worker(), 0);
}

static uint64_t blocked_signals(long thread)
{
	unsigned long long mask = 0;
	char line[200];
	FILE *file;

	snprintf(line, sizeof line, "/proc/self/task/%ld/status", thread);
	file = fopen(line, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file) && sscanf(line, "SigBlk: %llx", &mask) != 1)
		;
	fclose(file);
	return mask;
}

START_TEST(small_traces_need_no_thread)
{
	struct reader *r;

	write_random_trace(60000, 1);
	r = open_trace();
	read_some(r, 0, 1);
	ck_assert_int_eq(find_worker(), 0);
	reader_free(r);
}
END_TEST

/* More is left to read than the thread may hold, so it must be there. */
START_TEST(the_thread_takes_no_signals_and_ends_with_its_reader)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGCHLD, SIGSEGV, SIGALRM, SIGUSR1};
	sigset_t before, after;
	struct reader *r;
	uint64_t mask;

	write_random_trace(MANY, 1);
	sigprocmask(SIG_BLOCK, NULL, &before);
	r = open_in_mode(AHEAD);
	read_some(r, 0, 1);
	ck_assert_int_ne(find_worker(), 0);
	mask = blocked_signals(find_worker());
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		ck_assert(mask >> (numbers[i] - 1) & 1);
	sigprocmask(SIG_BLOCK, NULL, &after);
	for (int number = 1; number < 32; number++)
		ck_assert_int_eq(sigismember(&before, number), sigismember(&after, number));
	reader_rewind(r);
	await_no_worker();
	read_some(r, 0, wanted_count);
	expect_end(r);
	await_no_worker();
	reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace batches");
	TCase *all = tcase_create("batches");

	tcase_add_checked_fixture(all, make_folder, forget);
	tcase_add_loop_test(all, both_modes_read_what_a_naive_merge_makes, 0, 24);
	tcase_add_test(all, counts_around_the_size_of_a_batch);
	tcase_add_loop_test(all, nothing_to_read, 0, MODES);
	tcase_add_loop_test(all, rewinding_anywhere_starts_again, 0, MODES);
	tcase_add_loop_test(all, freeing_anywhere_is_clean, 0, MODES);
	tcase_add_test(all, damage_comes_in_its_place);
	tcase_add_loop_test(all, damage_ahead_is_forgotten_by_rewinding, 0, MODES);
	tcase_add_test(all, small_traces_need_no_thread);
	tcase_add_test(all, the_thread_takes_no_signals_and_ends_with_its_reader);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
