/* SPDX-License-Identifier: MIT */
/*
 * golden_trace.h - a fixture for tests: a small trace written event by event, then judged.
 *
 * Each test gets a writer with one module and two threads; stacks a, b and c end at the offsets
 * 0xa0, 0xb0 and 0xc0 of it. judge() finishes the trace, reads it back and builds its model.
 * Include it from one source file of a test, after _GNU_SOURCE.
 */
#ifndef TENURE_GOLDEN_TRACE_H
#define TENURE_GOLDEN_TRACE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/analysis/build.h"
#include "analyzer/trace/writer.h"

static char folder[] = "/tmp/tenure-findings-XXXXXX";
static char path[64];
static struct trace_program program;
static struct trace_end end;
static struct writer *writer;
static struct reader *reader;
static struct build build;
static stack_id stack_a, stack_b, stack_c;
static module_id module;
static uint64_t stamp;
/* Of the next trace; setup makes them CLOCK_STAMP_NS and 0. */
static uint8_t clock_kind;
static uint64_t sample_interval_bytes;

static inline void begin(uint32_t flags)
{
	stamp = 1000;
	program = (struct trace_program){
		.exe = "/bin/golden",
		.cwd = "/",
		.host = "host",
		.argv = "golden\0-x",
		.argv_bytes = 10,
		.pid = 42,
		.parent_pid = 1,
		.clock_kind = clock_kind,
		.flags = flags,
		.start_stamp = stamp,
		.start_monotonic_ns = stamp,
		.start_realtime_ns = 1,
		.sample_interval_bytes = sample_interval_bytes,
	};
	end = (struct trace_end){.kind = TRACE_END_EXIT, .flags = flags};
	writer = writer_new(path, &program);
	ck_assert_ptr_nonnull(writer);
	module = writer_module(writer, &(struct trace_module){
					       .path = "/nowhere/golden",
					       .bias = 0x10000,
					       .start = 0x10000,
					       .end = 0x90000,
				       });
	for (thread_id id = 1; id <= 2; id++)
		writer_thread(writer, &(struct trace_thread){
					      .id = id,
					      .tid = 42 + (int32_t)id,
					      .begin_stamp = stamp,
				      });
	stack_a = writer_stack(writer, writer_stack(writer, 0, module, 0x100), module, 0xa0);
	stack_b = writer_stack(writer, writer_stack(writer, 0, module, 0x100), module, 0xb0);
	stack_c = writer_stack(writer, writer_stack(writer, 0, module, 0x100), module, 0xc0);
}

static inline void setup(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/trace", folder);
	clock_kind = CLOCK_STAMP_NS;
	sample_interval_bytes = 0;
	begin(0);
}

static inline void teardown(void)
{
	build_release(&build);
	reader_free(reader);
	reader = NULL;
	unlink(path);
	rmdir(folder);
}

static inline void restart(uint32_t flags)
{
	writer_free(writer);
	unlink(path);
	begin(flags);
}

static inline void put(uint8_t kind, uint8_t api, uint64_t address, uint64_t size, stack_id stack,
		       uint16_t detail)
{
	writer_event(writer, &(struct trace_event){
				     .stamp = ++stamp,
				     .address = address,
				     .size = size,
				     .stack = stack,
				     .thread = 1,
				     .kind = kind,
				     .api = api,
				     .detail = detail,
			     });
}

static inline void allocate(uint8_t api, uint64_t address, uint64_t size)
{
	put(EVENT_ALLOC, api, address, size, stack_a, 0);
}

static inline void release_at(uint8_t api, uint64_t address, stack_id stack)
{
	put(EVENT_FREE, api, address, 0, stack, 0);
}

static inline void release(uint8_t api, uint64_t address)
{
	release_at(api, address, stack_b);
}

static inline void read_back(void)
{
	struct trace_error why = {0};

	end.stamp = end.monotonic_ns = ++stamp;
	ck_assert_int_eq(writer_finish(writer, &end), 0);
	reader = reader_new(path, &why);
	ck_assert_msg(reader != NULL, "%s", why.message);
}

static inline const struct model *judge_as(const struct build_options *options)
{
	read_back();
	build_model(&build, reader, path, options);
	return &build.model;
}

static inline const struct model *judge(void)
{
	static const struct build_options all;

	return judge_as(&all);
}

static inline const struct model_finding *judge_one(enum finding_rule rule)
{
	const struct model *model = judge();

	ck_assert_uint_eq(model->finding_count, 1);
	ck_assert_int_eq(model->findings[0].rule, rule);
	return &model->findings[0];
}

static inline bool limits_mention(const struct model *model, const char *words)
{
	for (uint32_t i = 0; i < model->run.limit_count; i++)
		if (strstr(model->run.limits[i], words))
			return true;
	return false;
}

static inline void assert_innermost(const struct model_stack *stack, uint64_t offset)
{
	ck_assert_uint_ge(stack->frame_count, 1);
	ck_assert_uint_eq(stack->frames[0].offset, offset);
	ck_assert_str_eq(stack->frames[0].module, "/nowhere/golden");
}

#endif
