/* SPDX-License-Identifier: MIT */
/*
 * reachability_fixture.h - a process as it was at a snapshot, made by hand: mappings, threads, words.
 */
#ifndef TENURE_REACHABILITY_FIXTURE_H
#define TENURE_REACHABILITY_FIXTURE_H

#include "golden_trace.h"

#define HEAP 0x555500000000ull
#define HEAP_BYTES 0x100000ull
#define DATA 0x20000ull /* in the module */
#define STACK 0x7ffd00000000ull
#define STACK_BYTES 0x20000ull
#define SP (STACK + 0x1f000)
#define THREAD 0x7f0000000000ull /* a stack of a thread, and above it what glibc knows of that */
#define THREAD_BYTES 0x10000ull
#define POINTER (THREAD + THREAD_BYTES - 0x900)
#define OTHER 0x7f0040000000ull /* other memory: not where an arena of glibc could begin, but for */
#define ARENA 0x7f0044000000ull /* this */

static struct trace_mapping mappings[] = {
	{0x10000, 0x20000, TRACE_MAPPING_READ | TRACE_MAPPING_EXECUTE, "/nowhere/golden"},
	{DATA, DATA + 0x2000, TRACE_MAPPING_READ | TRACE_MAPPING_WRITE, "/nowhere/golden"},
	{HEAP, HEAP + HEAP_BYTES, TRACE_MAPPING_READ | TRACE_MAPPING_WRITE, "[heap]"},
	{THREAD, THREAD + THREAD_BYTES, TRACE_MAPPING_READ | TRACE_MAPPING_WRITE, ""},
	{OTHER + 0x1000, OTHER + 0x101000, TRACE_MAPPING_READ | TRACE_MAPPING_WRITE, ""},
	{ARENA, ARENA + 0x21000, TRACE_MAPPING_READ | TRACE_MAPPING_WRITE, ""},
	{STACK, STACK + STACK_BYTES, TRACE_MAPPING_READ | TRACE_MAPPING_WRITE, "[stack]"},
};
static struct trace_frozen threads[2];
static uint64_t registers[2];
static struct trace_kernel_root kernel_roots[1];
static struct trace_snapshot taken;
static struct trace_word words[64];
static size_t word_count;

static inline void setup_snapshot(void)
{
	setup();
	threads[0] = (struct trace_frozen){
		.tid = 42,
		.flags = TRACE_FROZEN_STOPPED | TRACE_FROZEN_ASKED,
		.stack_pointer = SP,
		.thread_pointer = OTHER + 0x1740,
		.register_count = 1,
	};
	threads[1] = (struct trace_frozen){
		.tid = 43,
		.flags = TRACE_FROZEN_STOPPED,
		.stack_pointer = THREAD + 0x8000,
		.thread_pointer = POINTER,
		.first_register = 1,
		.register_count = 1,
	};
	registers[0] = registers[1] = 0;
	kernel_roots[0] = (struct trace_kernel_root){TRACE_ROOT_EPOLL, 0};
	taken = (struct trace_snapshot){
		.cause = TRACE_SNAPSHOT_EXIT,
		.mappings = mappings,
		.mapping_count = sizeof mappings / sizeof *mappings,
		.threads = threads,
		.thread_count = 2,
		.registers = registers,
		.register_count = 2,
		.kernel_roots = kernel_roots,
		.kernel_root_count = 1,
	};
	word_count = 0;
}

/* In ascending order of addresses. */
static inline void word(uint64_t address, uint64_t value)
{
	words[word_count++] = (struct trace_word){address, value};
}

static inline void snap(void)
{
	writer_snapshot_begin(writer);
	writer_snapshot_words(writer, words, word_count);
	taken.stamp = ++stamp;
	writer_snapshot_end(writer, &taken);
}

static inline const struct model_snapshot *judge_snapshot(void)
{
	snap();
	return &judge()->snapshot;
}

static inline void assert_amount(struct model_amount amount, uint64_t blocks, uint64_t bytes)
{
	ck_assert_uint_eq(amount.blocks, blocks);
	ck_assert_uint_eq(amount.bytes, bytes);
}

#endif
