/* SPDX-License-Identifier: MIT */
/* Which memory counts as a root, what is lost and what holds the rest, of snapshots made by hand. */
#define _GNU_SOURCE
#include "golden_trace.h"

#include "suite.h"

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

static void setup_snapshot(void)
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
static void word(uint64_t address, uint64_t value)
{
	words[word_count++] = (struct trace_word){address, value};
}

static void snap(void)
{
	writer_snapshot_begin(writer);
	writer_snapshot_words(writer, words, word_count);
	taken.stamp = ++stamp;
	writer_snapshot_end(writer, &taken);
}

static const struct model_snapshot *judge_snapshot(void)
{
	snap();
	return &judge()->snapshot;
}

static void assert_amount(struct model_amount amount, uint64_t blocks, uint64_t bytes)
{
	ck_assert_uint_eq(amount.blocks, blocks);
	ck_assert_uint_eq(amount.bytes, bytes);
}

START_TEST(test_kinds)
{
	const struct model_snapshot *s;

	allocate(API_MALLOC, HEAP + 0x100, 64); /* held by a variable */
	allocate(API_MALLOC, HEAP + 0x200, 64); /* by that block */
	allocate(API_MALLOC, HEAP + 0x300, 64); /* in its middle alone */
	allocate(API_MALLOC, HEAP + 0x400, 64); /* lost */
	allocate(API_MALLOC, HEAP + 0x500, 32); /* with that one */
	word(DATA + 8, HEAP + 0x100);
	word(HEAP + 0x110, HEAP + 0x200);
	word(HEAP + 0x210, HEAP + 0x314);
	word(HEAP + 0x408, HEAP + 0x500);
	s = judge_snapshot();
	ck_assert(s->known);
	ck_assert_str_eq(s->cause, "exit");
	ck_assert(!s->main_returned);
	assert_amount(s->reachable, 2, 128);
	assert_amount(s->possible, 1, 64);
	assert_amount(s->direct, 1, 64);
	assert_amount(s->indirect, 1, 32);
	ck_assert_int_eq(build.model.sites[0].verdict, VERDICT_LEAK);
	ck_assert_double_ge(build.model.sites[0].confidence, 0.95);
}
END_TEST

/* One block, and one word that points to it: does that hold it? */
static const struct place {
	uint64_t address;
	bool holds;
} places[] = {
	{DATA + 0x10, true},
	{SP, true}, /* the stack of who asked, from its stack pointer on */
	{SP - 8, false},
	{STACK + 0x8, false},
	{THREAD + 0x8000, true},
	{THREAD + 0x8000 - 128, true}, /* the red zone */
	{THREAD + 0x8000 - 136, false},
	{POINTER + 0x100, true},
	{OTHER + 0x2000, true},
	{ARENA + 0x100, false},
	{HEAP + 0x8000, false}, /* what was there is free */
};

START_TEST(test_places)
{
	const struct place *place = &places[_i];
	const struct model_snapshot *s;

	allocate(API_MALLOC, HEAP + 0x100, 64);
	word(place->address, HEAP + 0x100);
	s = judge_snapshot();
	assert_amount(s->direct, !place->holds, place->holds ? 0 : 64);
	assert_amount(s->reachable, place->holds, place->holds ? 64 : 0);
}
END_TEST

START_TEST(test_loose_words)
{
	allocate(API_MALLOC, HEAP + 0x100, 64);
	allocate(API_MALLOC, HEAP + 0x200, 64);
	registers[1] = HEAP + 0x100;
	kernel_roots[0].value = HEAP + 0x200;
	assert_amount(judge_snapshot()->reachable, 2, 128);
	assert_amount(build.model.snapshot.weak, 1, 64);
	ck_assert_uint_eq(build.model.sites[0].holder_count, 2);
}
END_TEST

/* Of a thread that has ended only what it returned counts, and only until somebody has fetched it. */
START_TEST(test_ended_threads)
{
	bool joined = _i;

	taken.thread_count = 1;
	taken.register_count = 1;
	put(EVENT_THREAD_STACK, API_NONE, POINTER, 0, 0, 0);
	if (joined)
		put(EVENT_THREAD_JOINED, API_NONE, POINTER, 0, 0, 0);
	allocate(API_MALLOC, HEAP + 0x100, 64);
	allocate(API_MALLOC, HEAP + 0x200, 64);
	word(THREAD + 0x9000, HEAP + 0x100);
	word(POINTER + 0x200, HEAP + 0x200);
	assert_amount(judge_snapshot()->reachable, !joined, joined ? 0 : 64);
}
END_TEST

/* Registers and stack pointer are unknown: all of a stack may live. */
START_TEST(test_running_threads)
{
	threads[1] = (struct trace_frozen){.tid = 43};
	taken.register_count = 1;
	put(EVENT_THREAD_STACK, API_NONE, POINTER, 0, 0, 0);
	allocate(API_MALLOC, HEAP + 0x100, 64);
	word(THREAD + 8, HEAP + 0x100);
	assert_amount(judge_snapshot()->reachable, 1, 64);
	ck_assert_uint_eq(build.model.snapshot.threads_unstopped, 1);
}
END_TEST

/* What the program maps itself counts, but not if an allocator keeps blocks there; nor the rest of the
 * pages that a large block has for itself. */
START_TEST(test_mappings_of_the_program)
{
	put(EVENT_MAP, API_MMAP, OTHER + 0x10000, 0x10000, stack_c, 0);
	put(EVENT_MAP, API_MMAP, OTHER + 0x20000, 0x10000, stack_c, 0);
	allocate(API_MALLOC, HEAP + 0x100, 64);
	allocate(API_MALLOC, HEAP + 0x200, 64);
	allocate(API_MALLOC, HEAP + 0x300, 64);
	allocate(API_MALLOC, OTHER + 0x28000, 64);
	allocate(API_MALLOC, OTHER + 0x40010, 0x2fff0);
	word(OTHER + 0x10008, HEAP + 0x100);
	word(OTHER + 0x20008, HEAP + 0x200);
	word(OTHER + 0x40008, HEAP + 0x300);
	snap();
	judge();
	assert_amount(build.model.snapshot.reachable, 1, 64);
	assert_amount(build.model.snapshot.direct, 4, 64 * 3 + 0x2fff0);
}
END_TEST

START_TEST(test_break_of_the_program)
{
	put(EVENT_BREAK, API_SBRK, HEAP + 0x9000, 0x1000, stack_c, 0);
	allocate(API_MALLOC, HEAP + 0x100, 64);
	word(HEAP + 0x8010, HEAP + 0x100);
	assert_amount(judge_snapshot()->reachable, 1, 64);
}
END_TEST

/* Blocks of the parent are not in the trace and may be anywhere on the heap. */
START_TEST(test_forked)
{
	restart(REGION_FORKED);
	allocate(API_MALLOC, HEAP + 0x100, 64);
	allocate(API_MALLOC, HEAP + 0x200, 64);
	word(HEAP + 0x8010, HEAP + 0x100);
	snap();
	judge();
	assert_amount(build.model.snapshot.reachable, 1, 64);
	assert_amount(build.model.snapshot.direct, 1, 64);
}
END_TEST

START_TEST(test_ignored)
{
	allocate(API_MALLOC, HEAP + 0x100, 64);
	put(EVENT_IGNORE, API_NONE, HEAP + 0x100, 0, 0, 0);
	put(EVENT_ALLOC, API_MALLOC, HEAP + 0x200, 64, stack_a, EVENT_DETAIL_IGNORED);
	allocate(API_MALLOC, HEAP + 0x300, 64);
	put(EVENT_IGNORE, API_NONE, HEAP + 0x300, 0, 0, 0);
	release(API_FREE, HEAP + 0x300);
	allocate(API_MALLOC, HEAP + 0x300, 64); /* another one */
	word(HEAP + 0x110, HEAP + 0x200);
	judge_snapshot();
	assert_amount(build.model.snapshot.reachable, 2, 128);
	assert_amount(build.model.snapshot.direct, 1, 64);
}
END_TEST

/* What is released later had a pointer, in whatever form. */
START_TEST(test_hidden)
{
	allocate(API_MALLOC, HEAP + 0x100, 64);
	allocate(API_MALLOC, HEAP + 0x200, 64);
	snap();
	release(API_FREE, HEAP + 0x100);
	judge();
	assert_amount(build.model.snapshot.hidden, 1, 64);
	assert_amount(build.model.snapshot.direct, 1, 64);
	ck_assert_int_ne(build.model.sites[0].verdict, VERDICT_LEAK);
}
END_TEST

/* Classes of Python, by what their objects have in front of them. */
#define PLAIN (DATA + 0x1000)
#define LINKED (DATA + 0x1100)
#define NODE (DATA + 0x1200)

static const struct trace_object_name classes[] = {
	{PLAIN, TRACE_NAME_CLASS, "Plain", 16, 0, 0},
	{LINKED, TRACE_NAME_CLASS, "Linked", 32, 0, 1u << 14},
	{NODE, TRACE_NAME_CLASS, "Node", 32, 0, 1u << 14 | 1u << 4},
};

/* All that is allocated from now on is by a function of Python. */
static void enter_python(void)
{
	module_id python = writer_module(writer, &(struct trace_module){.path = TRACE_PYTHON});
	code_id code = writer_code(writer, &(struct trace_code){"work", "work.py", 1});

	stack_a = writer_stack(writer, 0, python, trace_code_address(code, 2));
	taken.names = classes;
	taken.name_count = 3;
}

/*
 * Three objects, of which the collector links two, and a table that has a class where an object would have
 * it. The first object is held by its middle, the third holds the second, the table is held by its
 * start; no link counts.
 */
static void make_objects(void)
{
	enter_python();
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x100, 48);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x200, 64);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x300, 32);
	allocate(API_PYOBJECT_MALLOC, HEAP + 0x400, 128);
	word(DATA + 8, HEAP + 0x110);
	word(DATA + 16, HEAP + 0x213); /* the list begins there, with flags in the lowest bits */
	word(DATA + 24, HEAP + 0x400);
	word(HEAP + 0x100, HEAP + 0x210);
	word(HEAP + 0x118, LINKED);
	word(HEAP + 0x210, HEAP + 0x100);
	word(HEAP + 0x228, NODE);
	word(HEAP + 0x308, PLAIN);
	word(HEAP + 0x310, HEAP + 0x220);
	word(HEAP + 0x428, NODE);
}

START_TEST(test_garbage_of_python)
{
	make_objects();
	judge_snapshot();
	assert_amount(build.model.snapshot.reachable, 2, 48 + 128);
	assert_amount(build.model.snapshot.garbage, 2, 64 + 32);
	assert_amount(build.model.snapshot.direct, 0, 0);
	ck_assert_int_ne(build.model.sites[0].verdict, VERDICT_LEAK);
}
END_TEST

START_TEST(test_classes_of_python)
{
	enter_python();
	for (uint64_t at = HEAP; at < HEAP + 0x300; at += 0x100) {
		allocate(API_PYOBJECT_MALLOC, at, 64);
		word(at + 0x28, NODE);
	}
	judge_snapshot();
	ck_assert_str_eq(build.model.sites[0].type, "Node");
}
END_TEST

/* What is not released even when the interpreter ends has a reference too many. */
START_TEST(test_references_too_many)
{
	make_objects();
	snap();
	writer_python(writer, &(struct trace_python){.version = 0x030b02f0,
						     .state = PYTHON_ON,
						     .teardown_stamp = ++stamp});
	release(API_PYOBJECT_FREE, HEAP + 0x100);
	release(API_PYOBJECT_FREE, HEAP + 0x200);
	judge();
	ck_assert_uint_ne(build.model.run.teardown_ns, 0);
	ck_assert_uint_eq(build.model.run.live_blocks, 4);
	assert_amount(build.model.snapshot.reachable, 2, 48 + 128);
	assert_amount(build.model.snapshot.garbage, 1, 64);
	assert_amount(build.model.snapshot.direct, 1, 32);
	ck_assert_int_eq(build.model.sites[0].verdict, VERDICT_LEAK);
}
END_TEST

/* A reallocation in progress: the block lives on, and what it holds. */
START_TEST(test_realloc_in_progress)
{
	allocate(API_MALLOC, HEAP + 0x100, 64);
	allocate(API_MALLOC, HEAP + 0x200, 64);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, HEAP + 0x100, 128, stack_b, 0);
	word(DATA + 8, HEAP + 0x100);
	word(HEAP + 0x100, HEAP + 0x200);
	snap();
	put(EVENT_REALLOC_END, API_REALLOC, HEAP + 0x400, 128, stack_b, 0);
	judge();
	assert_amount(build.model.snapshot.reachable, 2, 128);
}
END_TEST

START_TEST(test_last_snapshot_counts)
{
	allocate(API_MALLOC, HEAP + 0x100, 64);
	word(DATA + 8, HEAP + 0x100);
	snap();
	word_count = 0;
	allocate(API_MALLOC, HEAP + 0x200, 32);
	snap();
	judge();
	ck_assert_uint_eq(build.model.snapshot.count, 2);
	assert_amount(build.model.snapshot.direct, 2, 96);
}
END_TEST

START_TEST(test_unknown)
{
	const struct model *model;

	allocate(API_MALLOC, HEAP + 0x100, 64);
	if (_i == 0) {
		end.kind = TRACE_END_SIGNAL;
	} else if (_i == 1) {
		end.kind = TRACE_END_EXEC;
	} else {
		snap();
		writer_lost(writer, 1);
	}
	model = judge();
	ck_assert(!model->snapshot.known);
	ck_assert_ptr_nonnull(strstr(model->snapshot.missing, _i == 0	? "killed"
							      : _i == 1 ? "another program"
									: "not known"));
	ck_assert(!model->sites[0].reachability.known);
}
END_TEST

START_TEST(test_circles)
{
	const struct model_snapshot *s;

	for (uint64_t i = 0; i < 6; i++)
		put(EVENT_ALLOC, API_MALLOC, HEAP + 0x100 + i * 64, 48, i % 2 ? stack_a : stack_b,
		    0);
	for (uint64_t i = 0; i < 6; i++)
		word(HEAP + 0x108 + i * 64, HEAP + 0x100 + (i ^ 1) * 64);
	s = judge_snapshot();
	ck_assert_uint_eq(s->cycles_in_all, 3);
	ck_assert_uint_eq(s->cycle_count, 1); /* all alike */
	ck_assert_uint_eq(s->cycles[0].times, 3);
	ck_assert_uint_eq(s->cycles[0].blocks, 2);
	ck_assert_uint_eq(s->cycles[0].bytes, 6 * 48);
	ck_assert_uint_eq(s->cycles[0].site_count, 2);
	assert_amount(s->direct, 3, 3 * 48);
}
END_TEST

START_TEST(test_chains)
{
	const struct model_holder *holder;

	put(EVENT_ALLOC, API_MALLOC, HEAP + 0x100, 64, stack_a, 0);
	put(EVENT_ALLOC, API_MALLOC, HEAP + 0x200, 64, stack_b, 0);
	word(DATA + 0x18, HEAP + 0x100);
	word(HEAP + 0x128, HEAP + 0x200);
	judge_snapshot();
	for (uint32_t i = 0; i < 2; i++) {
		const struct model_site *site = &build.model.sites[i];

		ck_assert_uint_eq(site->holder_count, 1);
		holder = &site->holders[0];
		ck_assert_str_eq(holder->kind, "data");
		ck_assert_str_eq(holder->module, "/nowhere/golden");
		ck_assert_uint_eq(holder->offset, DATA + 0x18 - 0x10000);
		ck_assert_uint_eq(holder->chain_length, holder->chain_count);
		ck_assert_uint_eq(holder->chain[holder->chain_count - 1].site, site->id);
		if (holder->chain_count == 2)
			ck_assert_uint_eq(holder->chain[0].offset, 0x28);
	}
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Addresses where something is, where nothing is, and at the ends of the world. */
static uint64_t odd_address(uint64_t *state)
{
	static const uint64_t bases[] = {
		HEAP, DATA, STACK, THREAD, OTHER, 0, ARENA, SP, UINT64_MAX - 4096, 1ull << 47};
	uint64_t base = bases[next_random(state) % (sizeof bases / sizeof *bases)];

	return base + next_random(state) % 0x2000;
}

/* Nothing that a trace says may do more than be wrong. */
START_TEST(test_any_snapshot_is_safe)
{
	uint64_t state = (uint64_t)_i + 1;
	uint64_t at = 0;

	for (int i = 0; i < 40; i++) {
		uint64_t size = next_random(&state) >> next_random(&state) % 64;
		uint8_t kinds[] = {EVENT_ALLOC, EVENT_ALLOC,	     EVENT_MAP,
				   EVENT_BREAK, EVENT_IGNORE,	     EVENT_THREAD_STACK,
				   EVENT_UNMAP, EVENT_REALLOC_BEGIN, EVENT_THREAD_JOINED};

		put(kinds[next_random(&state) % sizeof kinds],
		    (uint8_t)(next_random(&state) % API_COUNT), odd_address(&state), size, stack_a,
		    (uint16_t)next_random(&state));
	}
	for (int i = 0; i < 60; i++) {
		at += 8 + (next_random(&state) >> next_random(&state) % 64) / 64 * 8;
		if (word_count && at <= words[word_count - 1].address)
			break;
		word(at & ~7ull, odd_address(&state));
	}
	for (int i = 0; i < 2; i++) {
		threads[i].flags = (uint32_t)next_random(&state);
		threads[i].stack_pointer = odd_address(&state);
		threads[i].thread_pointer = odd_address(&state);
		threads[i].call_address = odd_address(&state);
		registers[i] = odd_address(&state);
	}
	kernel_roots[0] = (struct trace_kernel_root){(uint32_t)next_random(&state),
						     odd_address(&state)};
	taken.cause = (uint32_t)next_random(&state);
	judge_snapshot();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reachability");
	TCase *snapshots = tcase_create("snapshots");

	tcase_add_checked_fixture(snapshots, setup_snapshot, teardown);
	tcase_add_test(snapshots, test_kinds);
	tcase_add_loop_test(snapshots, test_places, 0, sizeof places / sizeof *places);
	tcase_add_test(snapshots, test_loose_words);
	tcase_add_loop_test(snapshots, test_ended_threads, 0, 2);
	tcase_add_test(snapshots, test_running_threads);
	tcase_add_test(snapshots, test_mappings_of_the_program);
	tcase_add_test(snapshots, test_break_of_the_program);
	tcase_add_test(snapshots, test_forked);
	tcase_add_test(snapshots, test_ignored);
	tcase_add_test(snapshots, test_hidden);
	tcase_add_test(snapshots, test_garbage_of_python);
	tcase_add_test(snapshots, test_classes_of_python);
	tcase_add_test(snapshots, test_references_too_many);
	tcase_add_test(snapshots, test_realloc_in_progress);
	tcase_add_test(snapshots, test_last_snapshot_counts);
	tcase_add_loop_test(snapshots, test_unknown, 0, 3);
	tcase_add_test(snapshots, test_circles);
	tcase_add_test(snapshots, test_chains);
	tcase_add_loop_test(snapshots, test_any_snapshot_is_safe, 0, 300);
	suite_add_tcase(suite, snapshots);
	return suite_run(suite);
}
