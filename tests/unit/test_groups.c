/* SPDX-License-Identifier: MIT */
/*
 * Sites added up and judged together. The traces say that functions of this very program allocated,
 * so that there are names to group by.
 */
#define _GNU_SOURCE
#include <check.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "golden_trace.h"
#include "suite.h"

#define STACKS 300u
#define LEAKED (2 * STACKS)
#define ROUNDS (66 * LEAKED)

/* Never called; their addresses are frames. */
__attribute__((noinline, used)) static int spread(int n)
{
	return n * 3 + 1;
}

__attribute__((noinline, used)) static int churn(int n)
{
	return n * 5 + 2;
}

__attribute__((noinline, used)) static int caller(int n)
{
	return n * 7 + 3;
}

static module_id own, libc;
static struct build_options build_options;
static uint64_t next_address;

static uint64_t offset_of(int (*function)(int))
{
	Dl_info info;

	ck_assert_int_ne(dladdr((void *)function, &info), 0);
	return (uint64_t)(uintptr_t)function - (uint64_t)(uintptr_t)info.dli_fbase;
}

static void setup_named(void)
{
	static char exe[PATH_MAX];

	setup();
	ck_assert_ptr_nonnull(realpath("/proc/self/exe", exe));
	own = writer_module(writer, &(struct trace_module){
					    .path = exe,
					    .bias = 0x100000,
					    .start = 0x100000,
					    .end = 0x9000000,
				    });
	libc = writer_module(writer, &(struct trace_module){
					     .path = "/nowhere/libc.so.6",
					     .bias = 0x10000000,
					     .start = 0x10000000,
					     .end = 0x20000000,
				     });
	build_options = (struct build_options){.groupings = 1u << GROUPING_FUNCTION};
	next_address = 0x1000;
}

/* A stack of its own for each number: `function` as called from somewhere in the golden module. */
static stack_id stack_of(int (*function)(int), uint32_t number)
{
	stack_id outer = writer_stack(writer, 0, module, 0x1000 + number);

	return writer_stack(writer, writer_stack(writer, outer, own, offset_of(caller)), own,
			    offset_of(function));
}

static uint64_t allocate_at(stack_id stack, uint64_t size)
{
	uint64_t address = next_address;

	next_address += 0x1000;
	put(EVENT_ALLOC, API_MALLOC, address, size, stack, 0);
	return address;
}

/* The first grouping; asked for it must be. */
static const struct model_grouping *judge_groups(void)
{
	judge_as(&build_options);
	ck_assert_uint_eq(build.model.grouping_count, 1);
	return build.model.groupings;
}

static void ask_again(groupings wanted, uint32_t top)
{
	build_release(&build);
	reader_rewind(reader);
	build_options = (struct build_options){.groupings = wanted, .shown = {.top = top}};
	build_model(&build, reader, path, &build_options);
}

static const struct model_grouping *judge_again(enum grouping grouping, uint32_t top)
{
	ask_again(1u << grouping, top);
	ck_assert_uint_eq(build.model.grouping_count, 1);
	return build.model.groupings;
}

static const struct model_group *group_named(const struct model_grouping *grouping,
					     const char *name)
{
	for (uint32_t i = 0; i < grouping->group_count; i++)
		if (!strcmp(grouping->groups[i].name, name))
			return &grouping->groups[i];
	ck_abort_msg("no group %s", name);
	return NULL;
}

static bool is_leaky(enum verdict verdict)
{
	return verdict == VERDICT_LEAK || verdict == VERDICT_GROWING;
}

/* Two leaked blocks on each of many paths, late and early alike, among others that come and go. */
static void write_spread_leak(void)
{
	stack_id spreads[STACKS], churns[STACKS];
	uint64_t pending[64] = {0};
	uint32_t leaked = 0;

	for (uint32_t i = 0; i < STACKS; i++) {
		spreads[i] = stack_of(spread, i);
		churns[i] = stack_of(churn, i);
	}
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t place = i * 2654435761u % 64;

		if (pending[place])
			release(API_FREE, pending[place]);
		pending[place] = allocate_at(churns[i % STACKS], 100);
		/* 7919 is prime to STACKS: every path leaks in no order. */
		if (i % (ROUNDS / LEAKED) == 0)
			allocate_at(spreads[leaked++ * 7919 % STACKS], 50);
	}
}

START_TEST(test_leak_on_many_paths)
{
	const struct model *model = &build.model;
	const struct model_grouping *grouping;
	const struct model_group *group;
	uint32_t remarks = 0;

	write_spread_leak();
	grouping = judge_groups();
	ck_assert_uint_eq(model->site_count, 2 * STACKS);
	for (uint32_t i = 0; i < model->site_count; i++) {
		const struct model_site *site = &model->sites[i];
		bool is_spread = site->max_bytes == 50;
		bool remarked = strstr(site->why, "of the same function taken together") != NULL;

		ck_assert_msg(!is_leaky(site->verdict), "site %u: %s", site->id, site->why);
		ck_assert_msg(is_spread || !remarked, "%s", site->why);
		remarks += remarked;
	}
	ck_assert_uint_ge(remarks, STACKS / 2);
	ck_assert_str_eq(grouping->name, "function");
	ck_assert_uint_eq(grouping->group_count, 2);
	group = group_named(grouping, "spread");
	ck_assert_int_eq(group->sum.verdict, VERDICT_GROWING);
	ck_assert_uint_eq(group->sum.stacks, STACKS);
	ck_assert_uint_eq(group->sum.live_blocks, LEAKED);
	ck_assert_uint_eq(group->sum.live_bytes, 50 * group->sum.live_blocks);
	ck_assert(group->sum.growth.known);
	ck_assert_uint_gt(group->sum.evidence_count, 0);
	ck_assert_uint_eq(group->sum.survival.blocks, group->sum.allocations);
	ck_assert_uint_eq(group->sum.id, 0);
	ck_assert_str_eq(group->sum.stack.frames[0].function, "spread");
	group = group_named(grouping, "churn");
	ck_assert_int_eq(group->sum.verdict, VERDICT_CACHE);
	ck_assert_uint_eq(group->sum.live_blocks, 64);
}
END_TEST

/* All numbers of a grouping are those of the run. */
static void check_sums(const struct model_grouping *grouping)
{
	const struct model *model = &build.model;
	uint64_t live = 0, allocated = 0, peak = 0, survivors = 0;
	uint32_t stacks = 0;

	for (uint32_t i = 0; i < grouping->group_count; i++) {
		const struct model_site *sum = &grouping->groups[i].sum;

		stacks += sum->stacks;
		live += sum->live_bytes;
		allocated += sum->allocated_bytes;
		peak += sum->peak_bytes;
		survivors += sum->generations[0].survivors + sum->generations[1].survivors +
			     sum->generations[2].survivors;
		ck_assert_uint_ge(sum->own_peak_bytes, sum->peak_bytes);
		ck_assert(!i || grouping->groups[i - 1].sum.live_bytes >= sum->live_bytes);
		ck_assert_str_ne(sum->why, "");
	}
	ck_assert_uint_eq(stacks, model->site_count);
	ck_assert_uint_eq(live, model->run.live_bytes);
	ck_assert_uint_eq(allocated, model->run.allocated_bytes);
	ck_assert_uint_eq(peak, model->run.peak_bytes);
	ck_assert_uint_eq(survivors, model->run.live_blocks);
}

/* Nothing is lost or counted twice, whatever the groups are by. */
START_TEST(test_sums)
{
	static const enum grouping all[] = {GROUPING_FUNCTION, GROUPING_FILE, GROUPING_MODULE,
					    GROUPING_TYPE};
	groupings wanted = 0;

	write_spread_leak();
	allocate_at(0, 77);
	judge_groups();
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		const struct model_grouping *grouping = judge_again(all[k], 1);

		ck_assert_str_eq(grouping->name, groups_word(all[k]));
		check_sums(grouping);
		wanted |= 1u << all[k];
	}
	ask_again(wanted, 1);
	ck_assert_uint_eq(build.model.grouping_count, sizeof all / sizeof *all);
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		ck_assert_str_eq(build.model.groupings[k].name, groups_word(all[k]));
		check_sums(&build.model.groupings[k]);
	}
}
END_TEST

START_TEST(test_file_and_module)
{
	const struct model_grouping *grouping;

	allocate_at(stack_of(spread, 1), 30);
	allocate_at(stack_of(churn, 1), 20);
	allocate_at(stack_a, 10);
	judge_groups();
	grouping = judge_again(GROUPING_FILE, 0);
	ck_assert_uint_eq(grouping->group_count, 2);
	ck_assert_ptr_nonnull(strstr(grouping->groups[0].name, "test_groups.c"));
	ck_assert_uint_eq(grouping->groups[0].sum.live_bytes, 50);
	ck_assert_str_eq(grouping->groups[1].name, "/nowhere/golden");
	grouping = judge_again(GROUPING_MODULE, 0);
	ck_assert_uint_eq(grouping->group_count, 2);
	ck_assert_ptr_nonnull(strstr(grouping->groups[0].name, "test_groups"));
	ck_assert_uint_eq(grouping->groups[0].sum.stacks, 2);
	grouping = judge_again(GROUPING_TYPE, 0);
	ck_assert_uint_eq(grouping->group_count, 1);
	ck_assert_str_eq(grouping->groups[0].name, "unknown");
	ask_again(1u << GROUPING_STACK, 0);
	ck_assert_uint_eq(build.model.grouping_count, 0);
}
END_TEST

/* Code without a name is a place of its own at every address. */
START_TEST(test_unnamed_functions)
{
	const struct model_grouping *grouping;

	put(EVENT_ALLOC, API_MALLOC, 0x1000, 10, stack_a, 0);
	put(EVENT_ALLOC, API_MALLOC, 0x2000, 20, stack_b, 0);
	grouping = judge_groups();
	ck_assert_uint_eq(grouping->group_count, 2);
	ck_assert_str_eq(grouping->groups[0].name, "golden+0xb0");
	ck_assert_str_eq(grouping->groups[1].name, "golden+0xa0");
}
END_TEST

/* strdup allocates on behalf of its caller. */
START_TEST(test_libraries_are_passed_over)
{
	stack_id through = writer_stack(writer, stack_of(spread, 1), libc, 0x123);
	stack_id alone = writer_stack(writer, writer_stack(writer, 0, libc, 0x300), libc, 0x200);
	const struct model_grouping *grouping;

	allocate_at(through, 40);
	allocate_at(stack_of(spread, 2), 30);
	allocate_at(alone, 20);
	allocate_at(0, 10);
	grouping = judge_groups();
	ck_assert_uint_eq(grouping->group_count, 3);
	ck_assert_str_eq(grouping->groups[0].name, "spread");
	ck_assert_uint_eq(grouping->groups[0].sum.stacks, 2);
	ck_assert_uint_eq(grouping->groups[0].sum.live_bytes, 70);
	ck_assert_uint_eq(grouping->groups[0].sum.stack.frames[0].offset, 0x123);
	ck_assert_str_eq(grouping->groups[1].name, "libc.so.6+0x200");
	ck_assert_str_eq(grouping->groups[2].name, "unknown");
}
END_TEST

START_TEST(test_code_outside_modules)
{
	stack_id jit = writer_stack(writer, stack_of(spread, 1), 0, 0x7000);
	stack_id cut = writer_stack(writer, stack_of(spread, 1), 0, FRAME_GAP);
	const struct model_grouping *grouping;

	allocate_at(writer_stack(writer, jit, libc, 0x123), 40);
	allocate_at(writer_stack(writer, cut, libc, 0x123), 30);
	grouping = judge_groups();
	ck_assert_uint_eq(grouping->group_count, 2);
	ck_assert_str_eq(grouping->groups[0].name, "code outside any module");
	ck_assert_str_eq(grouping->groups[1].name, "spread");
}
END_TEST

START_TEST(test_only_the_top_gets_stacks)
{
	const struct model_grouping *grouping;

	for (uint32_t i = 0; i < 9; i++)
		allocate_at(writer_stack(writer, 0, module, 0x5000 + i), 100 - i);
	judge_groups();
	grouping = judge_again(GROUPING_FUNCTION, 1);
	ck_assert_uint_eq(grouping->group_count, 9);
	ck_assert_uint_eq(grouping->groups[0].sum.stack.frame_count, 1);
	ck_assert_uint_eq(grouping->groups[8].sum.stack.frame_count, 0);
	ck_assert_str_ne(grouping->groups[8].sum.why, "");
}
END_TEST

START_TEST(test_empty)
{
	ck_assert_uint_eq(judge_groups()->group_count, 0);
	ck_assert_uint_eq(build.model.site_count, 0);
}
END_TEST

START_TEST(test_words)
{
	static const char *const words[] = {"stack", "function", "file", "module", "type"};
	enum grouping grouping;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		ck_assert(groups_parse(words[i], &grouping));
		ck_assert_str_eq(groups_word(grouping), words[i]);
	}
	ck_assert(!groups_parse("thread", &grouping));
	ck_assert(!groups_parse("", &grouping));
	writer_finish(writer, &end);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("groups");
	TCase *tests = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup_named, teardown);
	tcase_add_test(tests, test_leak_on_many_paths);
	tcase_add_test(tests, test_sums);
	tcase_add_test(tests, test_file_and_module);
	tcase_add_test(tests, test_unnamed_functions);
	tcase_add_test(tests, test_libraries_are_passed_over);
	tcase_add_test(tests, test_code_outside_modules);
	tcase_add_test(tests, test_only_the_top_gets_stacks);
	tcase_add_test(tests, test_empty);
	tcase_add_test(tests, test_words);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
