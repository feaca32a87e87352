/* SPDX-License-Identifier: MIT */
/* No error is claimed on a trace that may lack events: what is missing is said instead. */
#define _GNU_SOURCE
#include "golden_trace.h"
#include "suite.h"

static const uint32_t blind_flags[] = {REGION_OWN_ALLOCATOR, REGION_DEEPBIND};

/* What looks like errors may be calls that we could not see. */
START_TEST(test_nothing_is_claimed_when_blind)
{
	const struct model *model;

	restart(blind_flags[_i]);
	allocate(API_NEW, 0x1000, 64);
	release(API_FREE, 0x1000);
	release(API_FREE, 0x1000);
	release(API_FREE, 0x5000);
	put(EVENT_FAIL, API_MALLOC, 0, 4096, stack_a, 12);
	model = judge();
	ck_assert_uint_eq(model->finding_count, 1);
	ck_assert_int_eq(model->findings[0].rule, FINDING_ALLOCATION_FAILURE);
	ck_assert_uint_eq(model->run.undecided_releases, 3);
	ck_assert(limits_mention(model, "were not live (2)"));
	ck_assert(limits_mention(model, "fit the allocation (1)"));
}
END_TEST

START_TEST(test_nothing_is_claimed_after_losses)
{
	const struct model *model;

	put(EVENT_LOST, 0, 0, 5, 0, 0);
	release(API_FREE, 0x5000);
	model = judge();
	ck_assert_uint_eq(model->finding_count, 0);
	ck_assert_uint_eq(model->run.lost_events, 5);
	ck_assert(limits_mention(model, "Lost events: 5"));
}
END_TEST

START_TEST(test_nothing_is_claimed_of_a_sample)
{
	writer_free(writer);
	unlink(path);
	program.sample_interval_bytes = 512 << 10;
	writer = writer_new(path, &program);
	writer_thread(writer, &(struct trace_thread){.id = 1, .tid = 1});
	put(EVENT_FREE, API_FREE, 0x5000, 0, 0, 0);
	ck_assert_uint_eq(judge()->finding_count, 0);
	ck_assert(build.model.run.sampled);
	ck_assert(limits_mention(&build.model, "sample"));
}
END_TEST

/* An address that comes back without a release proves that some calls pass us by. */
START_TEST(test_unseen_release_makes_uncertain)
{
	const struct model *model;

	allocate(API_MALLOC, 0x1000, 64);
	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x5000);
	model = judge();
	ck_assert_uint_eq(model->finding_count, 0);
	ck_assert_uint_eq(model->run.unseen_releases, 1);
	ck_assert_uint_eq(model->run.live_blocks, 1);
}
END_TEST

/* But an allocator that was given a block twice may hand it out twice. */
START_TEST(test_double_free_explains_double_allocation)
{
	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x1000);
	release_at(API_FREE, 0x1000, stack_c);
	allocate(API_MALLOC, 0x1000, 64);
	allocate(API_MALLOC, 0x1000, 64);
	judge_one(FINDING_DOUBLE_FREE);
}
END_TEST

START_TEST(test_fork_inherits_blocks)
{
	const struct model *model;

	restart(REGION_FORKED);
	release(API_FREE, 0x5000); /* the parent's */
	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x1000);
	release(API_FREE, 0x1000); /* our own, twice: no parent can explain that */
	model = judge();
	ck_assert_uint_eq(model->finding_count, 1);
	ck_assert_int_eq(model->findings[0].rule, FINDING_DOUBLE_FREE);
	ck_assert_uint_eq(model->run.inherited_frees, 1);
	ck_assert(model->run.forked);
}
END_TEST

START_TEST(test_accepted_realloc_of_unknown_block)
{
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x5000, 0, 0, 0);
	put(EVENT_REALLOC_END, API_REALLOC, 0x6000, 128, stack_c, 0);
	ck_assert_uint_eq(judge()->finding_count, 0);
	ck_assert_uint_eq(build.model.run.undecided_releases, 1);
	ck_assert_uint_eq(build.model.run.live_blocks, 1);
}
END_TEST

/* glibc aborts inside: there is no END. */
START_TEST(test_fatal_realloc_of_unknown_block)
{
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x5000, 0, stack_c, 0);
	assert_innermost(&judge_one(FINDING_FOREIGN_FREE)->release, 0xc0);
}
END_TEST

/* A lost release makes a dead block look alive: whatever it looks like, nothing is concluded. */
START_TEST(test_lost_events_leave_no_verdict)
{
	const struct model *model;

	for (uint64_t i = 1; i <= 1000; i++) {
		allocate(API_MALLOC, 0x1000 * i, 64);
		put(EVENT_ALLOC, API_CALLOC, 0x1000 * i + 0x100000000, 8, stack_b, 0);
		release(API_FREE, 0x1000 * i + 0x100000000);
	}
	put(EVENT_LOST, 0, 0, 1, 0, 0);
	model = judge();
	ck_assert_uint_eq(model->run.lost_events, 1);
	for (uint32_t i = 0; i < model->site_count; i++) {
		ck_assert_int_eq(model->sites[i].verdict, VERDICT_UNKNOWN);
		ck_assert_double_eq(model->sites[i].confidence, 0);
		ck_assert_ptr_nonnull(strstr(model->sites[i].why, "missing"));
	}
}
END_TEST

/* Where addresses come back without a release, what looks alive at other sites may be dead, too. */
START_TEST(test_unseen_releases_leave_no_verdict)
{
	const struct model *model;

	for (uint64_t i = 1; i <= 1000; i++) {
		allocate(API_MALLOC, 0x1000 * i, 64);
		put(EVENT_ALLOC, API_CALLOC, 0x900000000, 8, stack_b, 0);
	}
	model = judge();
	ck_assert_uint_eq(model->run.unseen_releases, 999);
	for (uint32_t i = 0; i < model->site_count; i++)
		ck_assert_int_eq(model->sites[i].verdict, VERDICT_UNKNOWN);
}
END_TEST

START_TEST(test_incomplete_trace)
{
	static const struct build_options all;
	struct trace_error why;

	allocate(API_MALLOC, 0x1000, 64);
	release(API_FREE, 0x5000);
	writer_flush(writer);
	writer_free(writer);
	reader = reader_new(path, &why);
	ck_assert_ptr_nonnull(reader);
	build_model(&build, reader, path, &all);
	ck_assert(!build.model.run.complete);
	ck_assert_uint_eq(build.model.finding_count, 0);
	ck_assert_uint_eq(build.model.run.allocations, 1);
	ck_assert_int_eq(build.model.sites[0].verdict, VERDICT_UNKNOWN);
	ck_assert_uint_gt(build.model.run.limit_count, 0);
}
END_TEST

static void allocate_at(uint64_t address, stack_id stack)
{
	put(EVENT_ALLOC, API_MALLOC, address, 16, stack, 0);
}

/* Once per event, whatever else its stack lacks; a stack with a mark has followers. */
START_TEST(test_incomplete_stacks)
{
	stack_id unfinished = writer_stack(writer, 0, 0, FRAME_TRUNCATED);
	stack_id deep = writer_stack(writer, writer_stack(writer, 0, module, 0x100), 0, FRAME_GAP);
	stack_id both = writer_stack(writer, unfinished, 0, FRAME_GAP);
	const struct model_run *run;

	writer_stack(writer, 0, module, FRAME_GAP); /* unused, and an offset in a module */
	end.stacks_truncated = 100;
	allocate(API_MALLOC, 0x1000, 16);
	for (uint64_t i = 2; i < 5; i++)
		allocate_at(i << 12, writer_stack(writer, deep, module, 0xa0));
	for (uint64_t i = 5; i < 10; i++)
		allocate_at(i << 12, writer_stack(writer, unfinished, module, 0xa0));
	allocate_at(0x10000, both);
	run = &judge()->run;
	ck_assert_uint_eq(run->stacks_deep, 4);
	ck_assert_uint_eq(run->stacks_unfinished, 5);
	ck_assert_uint_eq(run->stacks_truncated, 109);
	ck_assert(limits_mention(&build.model, "table of stacks was full: 100."));
	ck_assert(limits_mention(&build.model, "deeper than the limit: 4."));
	ck_assert(limits_mention(&build.model, "followed to their end: 5."));
}
END_TEST

START_TEST(test_more_suspects_than_are_followed)
{
	for (uint64_t i = 0; i < 5000; i++)
		release(API_FREE, 0x100000 + i * 16);
	ck_assert_uint_eq(judge_one(FINDING_FOREIGN_FREE)->occurrences +
				  build.model.run.undecided_releases,
			  5000);
	ck_assert_uint_gt(build.model.run.undecided_releases, 0);
}
END_TEST

static void execute(const char *executed, uint32_t reason, uint64_t times)
{
	writer_unrecorded(writer, &(struct trace_unrecorded){reason, times, executed});
}

START_TEST(test_unrecorded_programs)
{
	const struct model_run *run;

	execute("", UNRECORDED_NOT, 100);
	execute("/opt/b", UNRECORDED_MUSL, 1);
	execute("/opt/a", UNRECORDED_STATIC, 2);
	execute("/opt/c", UINT32_MAX, UINT64_MAX);
	execute("/opt/a", UNRECORDED_STATIC, 3); /* lost in a race */
	execute("/opt/c", UINT32_MAX, 1);
	run = &judge()->run;
	ck_assert_uint_eq(run->unrecorded_count, 4);
	ck_assert_str_eq(run->unrecorded[0].path, "/opt/c");
	ck_assert_uint_eq(run->unrecorded[0].times, UINT64_MAX);
	ck_assert_str_eq(run->unrecorded[1].path, "/opt/a");
	ck_assert_str_eq(run->unrecorded[1].reason, "statically linked");
	ck_assert_uint_eq(run->unrecorded[1].times, 5);
	ck_assert_str_eq(run->unrecorded[3].path, "");
	ck_assert_uint_eq(run->unrecorded[3].times, 100);
	ck_assert(limits_mention(
		&build.model,
		"At least 4 programs that it executed could not be recorded: /opt/c (for a reason "
		"that this version does not know), /opt/a (statically linked), /opt/b (built for "
		"the musl C library), and others;"));
}
END_TEST

START_TEST(test_an_unrecorded_program)
{
	execute("./tool", UNRECORDED_STATIC, 1);
	judge();
	ck_assert(limits_mention(&build.model, "1 program that it executed could not be recorded: "
					       "./tool (statically linked); it is"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("findings_limits");
	TCase *tests = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_nothing_is_claimed_when_blind, 0, 2);
	tcase_add_test(tests, test_nothing_is_claimed_after_losses);
	tcase_add_test(tests, test_nothing_is_claimed_of_a_sample);
	tcase_add_test(tests, test_unseen_release_makes_uncertain);
	tcase_add_test(tests, test_double_free_explains_double_allocation);
	tcase_add_test(tests, test_fork_inherits_blocks);
	tcase_add_test(tests, test_accepted_realloc_of_unknown_block);
	tcase_add_test(tests, test_fatal_realloc_of_unknown_block);
	tcase_add_test(tests, test_lost_events_leave_no_verdict);
	tcase_add_test(tests, test_unseen_releases_leave_no_verdict);
	tcase_add_test(tests, test_incomplete_trace);
	tcase_add_test(tests, test_incomplete_stacks);
	tcase_add_test(tests, test_unrecorded_programs);
	tcase_add_test(tests, test_an_unrecorded_program);
	tcase_add_test(tests, test_more_suspects_than_are_followed);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
