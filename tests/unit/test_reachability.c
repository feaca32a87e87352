/* SPDX-License-Identifier: MIT */
/* Which memory counts as a root, what is lost and what holds the rest, of snapshots made by hand. */
#define _GNU_SOURCE
#include "reachability_fixture.h"
#include "suite.h"

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

#define ODD_NAMES 12

static int compare_names(const void *a, const void *b)
{
	const struct trace_object_name *x = a;
	const struct trace_object_name *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* Classes and strings wherever something points to, and that say anything of their objects. */
static const struct trace_object_name *odd_names(uint64_t *state)
{
	static const char *const texts[] = {"", "type", "module", "dict", "list", "__main__"};
	static struct trace_object_name names[ODD_NAMES];

	for (int i = 0; i < ODD_NAMES; i++)
		names[i] = (struct trace_object_name){
			.address = words[next_random(state) % 64].value,
			.kind = (uint32_t)next_random(state) % 3,
			.text = texts[next_random(state) % (sizeof texts / sizeof *texts)],
			.basic_bytes = (uint32_t)next_random(state) >> next_random(state) % 32,
			.item_bytes = (uint32_t)next_random(state) % 2,
			.flags = (uint32_t)next_random(state),
		};
	qsort(names, ODD_NAMES, sizeof *names, compare_names);
	return names;
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
	taken.names = odd_names(&state);
	taken.name_count = ODD_NAMES;
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
	tcase_add_test(snapshots, test_realloc_in_progress);
	tcase_add_test(snapshots, test_last_snapshot_counts);
	tcase_add_loop_test(snapshots, test_unknown, 0, 3);
	tcase_add_test(snapshots, test_circles);
	tcase_add_test(snapshots, test_chains);
	tcase_add_loop_test(snapshots, test_any_snapshot_is_safe, 0, 300);
	suite_add_tcase(suite, snapshots);
	return suite_run(suite);
}
