/* SPDX-License-Identifier: MIT */
/* Errors proved by a golden trace, each beside the innocent case that looks most like it. */
#define _GNU_SOURCE
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "golden_trace.h"
#include "suite.h"

static const struct pair {
	uint8_t allocation, release;
	bool fits;
} pairs[] = {
	{API_MALLOC, API_FREE, true},
	{API_CALLOC, API_FREE, true},
	{API_REALLOC, API_CFREE, true},
	{API_REALLOCARRAY, API_FREE_SIZED, true},
	{API_POSIX_MEMALIGN, API_FREE, true},
	{API_ALIGNED_ALLOC, API_FREE_ALIGNED_SIZED, true},
	{API_MEMALIGN, API_FREE, true},
	{API_VALLOC, API_FREE, true},
	{API_PVALLOC, API_FREE, true},
	{API_NEW, API_DELETE, true},
	{API_NEW_ARRAY, API_DELETE_ARRAY, true},
	{API_NEW_ALIGNED, API_DELETE_ALIGNED, true},
	{API_NEW_ARRAY_ALIGNED, API_DELETE_ARRAY_ALIGNED, true},
	{API_NONE, API_FREE, true},
	{API_MALLOC, API_NONE, true},
	{API_MALLOC, API_DELETE, false},
	{API_MALLOC, API_DELETE_ARRAY, false},
	{API_MEMALIGN, API_DELETE_ALIGNED, false},
	{API_NEW, API_FREE, false},
	{API_NEW, API_DELETE_ARRAY, false},
	{API_NEW_ARRAY, API_DELETE, false},
	{API_NEW_ARRAY, API_FREE, false},
	{API_NEW_ALIGNED, API_DELETE, false},
	{API_NEW_ARRAY_ALIGNED, API_DELETE_ARRAY, false},
};

START_TEST(test_release_families)
{
	const struct pair *pair = &pairs[_i];
	const struct model *model;

	allocate(pair->allocation, 0x1000, 64);
	release(pair->release, 0x1000);
	model = judge();
	ck_assert_uint_eq(model->finding_count, !pair->fits);
	ck_assert_uint_eq(model->run.live_blocks, 0);
	if (pair->fits)
		return;
	ck_assert_int_eq(model->findings[0].rule, FINDING_MISMATCHED_RELEASE);
	ck_assert_str_eq(model->findings[0].rule_name, "mismatched-release");
	assert_innermost(&model->findings[0].allocation, 0xa0);
	assert_innermost(&model->findings[0].release, 0xb0);
	ck_assert_uint_eq(model->findings[0].site, 1);
}
END_TEST

START_TEST(test_mismatched_realloc)
{
	allocate(API_NEW, 0x1000, 64);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x1000, 0, 0, 0);
	put(EVENT_REALLOC_END, API_REALLOC, 0x2000, 128, stack_c, 0);
	assert_innermost(&judge_one(FINDING_MISMATCHED_RELEASE)->release, 0xc0);
}
END_TEST

START_TEST(test_alignment_alone_is_a_warning)
{
	allocate(API_NEW_ALIGNED, 0x1000, 64);
	release(API_DELETE, 0x1000);
	ck_assert_int_eq(judge_one(FINDING_MISMATCHED_RELEASE)->severity, SEVERITY_WARNING);
}
END_TEST

START_TEST(test_occurrences_are_grouped)
{
	for (uint64_t i = 0; i < 1000; i++) {
		allocate(API_NEW_ARRAY, 0x1000 + i * 64, 64);
		release(API_DELETE, 0x1000 + i * 64);
	}
	ck_assert_uint_eq(judge_one(FINDING_MISMATCHED_RELEASE)->occurrences, 1000);
}
END_TEST

START_TEST(test_double_free)
{
	const struct model_finding *finding;

	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x1000);
	release_at(API_FREE, 0x1000, stack_c);
	finding = judge_one(FINDING_DOUBLE_FREE);
	assert_innermost(&finding->allocation, 0xa0);
	assert_innermost(&finding->first_release, 0xb0);
	assert_innermost(&finding->release, 0xc0);
	ck_assert_uint_eq(finding->bytes, 64);
	ck_assert_int_eq(finding->severity, SEVERITY_ERROR);
}
END_TEST

/* However many blocks died since. */
START_TEST(test_double_free_long_after)
{
	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x1000);
	for (uint64_t i = 0; i < 300000; i++) {
		allocate(API_MALLOC, 0x100000 + i * 16, 16);
		release(API_FREE, 0x100000 + i * 16);
	}
	release_at(API_FREE, 0x1000, stack_c);
	ck_assert_uint_eq(judge_one(FINDING_DOUBLE_FREE)->occurrences, 1);
}
END_TEST

START_TEST(test_free_after_realloc_moved)
{
	allocate(API_MALLOC, 0x1000, 64);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x1000, 0, 0, 0);
	put(EVENT_REALLOC_END, API_REALLOC, 0x2000, 128, stack_c, 0);
	release(API_FREE, 0x1000);
	assert_innermost(&judge_one(FINDING_DOUBLE_FREE)->first_release, 0xc0);
}
END_TEST

/* The second release is of another block at the same address. */
START_TEST(test_reuse_is_no_double_free)
{
	for (int i = 0; i < 3; i++) {
		allocate(API_MALLOC, 0x1000, 64);
		release(API_FREE, 0x1000);
	}
	ck_assert_uint_eq(judge()->finding_count, 0);
}
END_TEST

START_TEST(test_failed_realloc_is_no_release)
{
	allocate(API_MALLOC, 0x1000, 64);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x1000, 0, 0, 0);
	put(EVENT_REALLOC_END, API_REALLOC, 0, 1 << 30, stack_c, 12);
	release(API_FREE, 0x1000);
	judge_one(FINDING_ALLOCATION_FAILURE);
}
END_TEST

START_TEST(test_foreign_free)
{
	const struct model_finding *finding;

	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x5000);
	finding = judge_one(FINDING_FOREIGN_FREE);
	assert_innermost(&finding->release, 0xb0);
	ck_assert_uint_eq(finding->allocation.frame_count, 0);
	ck_assert_uint_eq(finding->site, 0);
}
END_TEST

START_TEST(test_interior_free)
{
	const struct model_finding *finding;

	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x1010);
	finding = judge_one(FINDING_INTERIOR_FREE);
	assert_innermost(&finding->allocation, 0xa0);
	ck_assert_ptr_nonnull(strstr(finding->message, "16 bytes inside"));
}
END_TEST

START_TEST(test_one_past_the_end_is_not_inside)
{
	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x1040);
	judge_one(FINDING_FOREIGN_FREE);
}
END_TEST

START_TEST(test_inside_a_dead_block_is_foreign)
{
	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x1000);
	release(API_FREE, 0x1010);
	judge_one(FINDING_FOREIGN_FREE);
}
END_TEST

/* Which one is decided by what lived there at that time, not at the end. */
START_TEST(test_history_of_one_address)
{
	const struct model *model;

	allocate(API_MALLOC, 0x1010, 16);
	release(API_FREE, 0x1010);
	release_at(API_FREE, 0x1010, stack_c);
	allocate(API_MALLOC, 0x1000, 64);
	release_at(API_FREE, 0x1010, stack_a);
	release(API_FREE, 0x1000);
	model = judge();
	ck_assert_uint_eq(model->finding_count, 2);
	ck_assert_int_eq(model->findings[0].rule, FINDING_DOUBLE_FREE);
	ck_assert_int_eq(model->findings[1].rule, FINDING_INTERIOR_FREE);
}
END_TEST

START_TEST(test_failures)
{
	const struct model *model;

	put(EVENT_FAIL, API_MALLOC, 0, 4096, stack_a, 12);
	put(EVENT_FAIL, API_MALLOC, 0, 4096, stack_a, 12);
	put(EVENT_FAIL, API_CALLOC, 0, 8, stack_b, 12 | EVENT_DETAIL_INJECTED);
	model = judge();
	ck_assert_uint_eq(model->finding_count, 2);
	ck_assert_uint_eq(model->findings[0].occurrences, 2);
	ck_assert_int_eq(model->findings[0].severity, SEVERITY_WARNING);
	ck_assert_ptr_nonnull(strstr(model->findings[0].message, strerror(12)));
	ck_assert_uint_eq(model->sites[model->findings[0].site - 1].failures, 2);
	ck_assert_int_eq(model->findings[1].severity, SEVERITY_NOTE);
	ck_assert_uint_eq(model->run.injected_failures, 1);
}
END_TEST

/* Later releases at one place record only their caller; the whole stack is the one to show. */
START_TEST(test_fullest_release_is_shown)
{
	stack_id root = writer_stack(writer, 0, 0, FRAME_CALLER_ONLY);
	stack_id caller = writer_stack(writer, root, module, 0xb0);
	const struct model_finding *finding;

	allocate(API_NEW, 0x1000, 8);
	allocate(API_NEW, 0x2000, 8);
	release_at(API_FREE, 0x1000, caller);
	release_at(API_FREE, 0x2000, stack_b);
	finding = judge_one(FINDING_MISMATCHED_RELEASE);
	ck_assert_uint_eq(finding->occurrences, 2);
	ck_assert_uint_eq(finding->release.frame_count, 2);
	ck_assert_uint_eq(finding->release.frames[1].offset, 0x100);
}
END_TEST

START_TEST(test_callers_are_borrowed_and_said_to_be)
{
	stack_id root = writer_stack(writer, 0, 0, FRAME_CALLER_ONLY);
	stack_id caller = writer_stack(writer, root, module, 0xb0);
	const struct model_finding *finding;

	put(EVENT_ALLOC, API_MALLOC, 0x3000, 8, stack_a, 0);
	release(API_FREE, 0x3000); /* fits, with the whole stack */
	allocate(API_NEW, 0x1000, 8);
	release_at(API_FREE, 0x1000, caller);
	finding = judge_one(FINDING_MISMATCHED_RELEASE);
	ck_assert_uint_eq(finding->release.frame_count, 3);
	ck_assert_uint_eq(finding->release.frames[0].offset, 0xb0);
	ck_assert_ptr_nonnull(strstr(finding->release.frames[1].note, "another call"));
	ck_assert_uint_eq(finding->release.frames[2].offset, 0x100);
}
END_TEST

START_TEST(test_caller_only)
{
	stack_id root = writer_stack(writer, 0, 0, FRAME_CALLER_ONLY);
	stack_id caller = writer_stack(writer, root, module, 0xe0);
	const struct model_finding *finding;

	allocate(API_NEW, 0x1000, 8);
	release_at(API_FREE, 0x1000, caller);
	finding = judge_one(FINDING_MISMATCHED_RELEASE);
	ck_assert_uint_eq(finding->release.frame_count, 2);
	ck_assert_str_ne(finding->release.frames[1].note, "");
}
END_TEST

START_TEST(test_sites_and_verdicts)
{
	const struct model *model;

	allocate(API_MALLOC, 0x1000, 10);
	allocate(API_MALLOC, 0x2000, 20);
	put(EVENT_ALLOC, API_CALLOC, 0x3000, 500, stack_b, 0);
	release(API_FREE, 0x1000);
	release(API_FREE, 0x3000);
	model = judge();
	ck_assert_uint_eq(model->site_count, 2);
	ck_assert_uint_eq(model->sites[0].live_bytes, 20);
	ck_assert_ptr_nonnull(strstr(model->sites[0].why,
				     "1 of 2 blocks from here is still allocated at the end"));
	ck_assert_int_eq(model->sites[0].verdict, VERDICT_STARTUP);
	ck_assert_int_eq(model->sites[1].verdict, VERDICT_BALANCED);
	ck_assert_str_eq(model->sites[1].api, "calloc");
	ck_assert_uint_ne(model->sites[0].fingerprint, model->sites[1].fingerprint);
	ck_assert_uint_eq(model->run.argc, 2);
	ck_assert_str_eq(model->run.argv[1], "-x");
	ck_assert(model->run.complete);
	ck_assert_str_eq(model->run.end_kind, "exit");
	ck_assert_uint_eq(model->run.limit_count, 0);
}
END_TEST

/* Two sites have the same verdict, and one of them is the least in every ranking. */
static void judge_one_live_of_three(void)
{
	allocate(API_MALLOC, 0x1000, 10);
	release(API_FREE, 0x1000);
	put(EVENT_ALLOC, API_MALLOC, 0x3000, 50, stack_c, 0);
	release(API_FREE, 0x3000);
	put(EVENT_ALLOC, API_MALLOC, 0x2000, 500, stack_b, 0);
	judge();
}

START_TEST(test_only_the_top_gets_stacks)
{
	static const struct build_options one = {.shown = {.top = 1}};

	judge_one_live_of_three();
	build_release(&build);
	reader_rewind(reader);
	build_model(&build, reader, path, &one);
	ck_assert_uint_eq(build.model.site_count, 3);
	assert_innermost(&build.model.sites[0].stack, 0xb0);
	/* The first of its verdict. */
	ck_assert_int_eq(build.model.sites[1].verdict, VERDICT_BALANCED);
	ck_assert_uint_ne(build.model.sites[1].stack.frame_count, 0);
	ck_assert_int_eq(build.model.sites[2].verdict, VERDICT_BALANCED);
	ck_assert_uint_eq(build.model.sites[2].stack.frame_count, 0);
}
END_TEST

static uint64_t smallest_first(const struct model_site *site)
{
	return 1000 - site->allocated_bytes;
}

START_TEST(test_what_is_asked_for_gets_stacks)
{
	struct build_options options = {.shown = {.top = 1, .key = smallest_first}};

	judge_one_live_of_three();
	for (int by_id = 0; by_id < 2; by_id++) {
		build_release(&build);
		reader_rewind(reader);
		build_model(&build, reader, path, &options);
		ck_assert_uint_ne(build.model.sites[2].stack.frame_count, 0);
		ck_assert_uint_ne(build.model.sites[2].evidence_count, 0);
		options.shown = (struct sites_choice){.top = 1, .id = 3};
	}
	ck_assert_uint_eq(build.model.run.since_ns, 0);
	ck_assert_uint_eq(build.model.run.until_ns, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("findings");
	TCase *tests = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_release_families, 0, sizeof pairs / sizeof *pairs);
	tcase_add_test(tests, test_mismatched_realloc);
	tcase_add_test(tests, test_alignment_alone_is_a_warning);
	tcase_add_test(tests, test_occurrences_are_grouped);
	tcase_add_test(tests, test_double_free);
	tcase_add_test(tests, test_double_free_long_after);
	tcase_add_test(tests, test_free_after_realloc_moved);
	tcase_add_test(tests, test_reuse_is_no_double_free);
	tcase_add_test(tests, test_failed_realloc_is_no_release);
	tcase_add_test(tests, test_foreign_free);
	tcase_add_test(tests, test_interior_free);
	tcase_add_test(tests, test_one_past_the_end_is_not_inside);
	tcase_add_test(tests, test_inside_a_dead_block_is_foreign);
	tcase_add_test(tests, test_history_of_one_address);
	tcase_add_test(tests, test_failures);
	tcase_add_test(tests, test_fullest_release_is_shown);
	tcase_add_test(tests, test_callers_are_borrowed_and_said_to_be);
	tcase_add_test(tests, test_caller_only);
	tcase_add_test(tests, test_sites_and_verdicts);
	tcase_add_test(tests, test_only_the_top_gets_stacks);
	tcase_add_test(tests, test_what_is_asked_for_gets_stacks);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
