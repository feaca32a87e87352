/* SPDX-License-Identifier: MIT */
/*
 * trace_fixture.h - a folder of its own for each test of traces, and short ways to write a trace,
 * open it and compare events.
 */
#ifndef TENURE_TRACE_FIXTURE_H
#define TENURE_TRACE_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/trace/reader.h"
#include "analyzer/trace/writer.h"

static char folder[] = "/tmp/test_trace.XXXXXX";
static char path[sizeof folder + 16];

static const struct trace_program fixture_program = {
	.exe = "/bin/true", .cwd = "/", .host = "h", .clock_kind = CLOCK_STAMP_NS};

static inline void make_folder(void)
{
	strcpy(folder, "/tmp/test_trace.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	strcpy(path, folder);
	strcat(path, "/t.tenure");
}

static inline void remove_folder(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static inline struct writer *start(void)
{
	struct writer *w = writer_new(path, &fixture_program);

	ck_assert_ptr_nonnull(w);
	return w;
}

static inline void finish(struct writer *w)
{
	struct trace_end end = {.kind = TRACE_END_EXIT};

	ck_assert_int_eq(writer_finish(w, &end), 0);
}

static inline struct reader *open_trace(void)
{
	struct trace_error error;
	struct reader *r = reader_new(path, &error);

	ck_assert_msg(r != NULL, "%s", error.message);
	return r;
}

static inline void put(struct writer *w, thread_id thread, uint64_t stamp, uint8_t kind,
		       uint64_t address, uint64_t size)
{
	writer_event(w, &(struct trace_event){.stamp = stamp,
					      .address = address,
					      .size = size,
					      .thread = thread,
					      .kind = kind});
}

/* Check notes every assertion in a file: in loops over events only failures should be any. */
#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			ck_abort_msg("%s", #condition); \
	} while (0)

static inline void expect(const struct trace_event *got, const struct trace_event *wanted)
{
	REQUIRE(got->stamp == wanted->stamp);
	REQUIRE(got->address == wanted->address);
	REQUIRE(got->size == wanted->size);
	REQUIRE(got->stack == wanted->stack);
	REQUIRE(got->thread == wanted->thread);
	REQUIRE(got->kind == wanted->kind);
	REQUIRE(got->api == wanted->api);
	REQUIRE(got->detail == wanted->detail);
}

static inline void expect_whole(struct reader *r)
{
	const struct trace_error *damage = reader_damage(r);

	ck_assert_msg(!damage, "%s", damage ? damage->message : "");
	ck_assert_ptr_nonnull(reader_end(r));
}

#endif
