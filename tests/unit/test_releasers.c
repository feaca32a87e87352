/* SPDX-License-Identifier: MIT */
/* Who released the blocks of each site. */
#include "analyzer/analysis/replay.h"
#include "golden_trace.h"
#include "suite.h"

static const struct build_options details = {.details = true};
static uint64_t next_address;

static void setup_releases(void)
{
	setup();
	next_address = 0x1000;
}

static void live_and_die(stack_id born_at, stack_id released_at, uint32_t blocks, uint64_t size)
{
	for (uint32_t i = 0; i < blocks; i++, next_address += 0x100) {
		put(EVENT_ALLOC, API_MALLOC, next_address, size, born_at, 0);
		release_at(API_FREE, next_address, released_at);
	}
}

/* The outermost frame of a stack of its own. */
static stack_id place(uint64_t offset)
{
	return writer_stack(writer, 0, module, offset);
}

static void check(const struct model_releaser *releaser, uint64_t offset, uint64_t blocks,
		  uint64_t bytes)
{
	assert_innermost(&releaser->stack, offset);
	ck_assert_uint_eq(releaser->amount.blocks, blocks);
	ck_assert_uint_eq(releaser->amount.bytes, bytes);
}

static const struct model_site *site_at(uint64_t offset)
{
	const struct model *model = &build.model;

	for (uint32_t i = 0; i < model->site_count; i++)
		if (model->sites[i].stack.frame_count &&
		    model->sites[i].stack.frames[0].offset == offset)
			return &model->sites[i];
	ck_abort_msg("no site at 0x%x", (unsigned int)offset);
	return NULL;
}

START_TEST(test_most_blocks_first)
{
	const struct model_site *site;

	live_and_die(stack_a, place(0x1), 2, 10);
	live_and_die(stack_a, place(0x2), 7, 10);
	live_and_die(stack_a, place(0x3), 1, 10000);
	live_and_die(stack_a, place(0x4), 7, 20);
	live_and_die(stack_b, place(0x3), 5, 3);
	allocate(API_MALLOC, 0x900000, 1);
	put(EVENT_ALLOC, API_MALLOC, 0xa00000, 1, stack_c, 0);
	judge_as(&details);
	site = site_at(0xa0);
	ck_assert_uint_eq(site->releaser_count, 3);
	check(&site->releasers[0], 0x4, 7, 140);
	check(&site->releasers[1], 0x2, 7, 70);
	check(&site->releasers[2], 0x1, 2, 20);
	site = site_at(0xb0);
	ck_assert_uint_eq(site->releaser_count, 1);
	check(&site->releasers[0], 0x3, 5, 15);
	ck_assert_uint_eq(site_at(0xc0)->releaser_count, 0);
}
END_TEST

/* A reallocation releases what it moves elsewhere, and nothing that it only makes larger. */
START_TEST(test_reallocations)
{
	const struct model_site *site;

	put(EVENT_ALLOC, API_MALLOC, 0x1000, 10, stack_a, 0);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x1000, 0, stack_a, 0);
	put(EVENT_REALLOC_END, API_REALLOC, 0x2000, 30, stack_a, 0);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x2000, 0, stack_b, 0);
	put(EVENT_REALLOC_END, API_REALLOC, 0x3000, 50, stack_b, 0);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x3000, 0, stack_c, 0);
	put(EVENT_REALLOC_END, API_REALLOC, 0, 0, stack_c, 0);
	judge_as(&details);
	site = site_at(0xa0);
	ck_assert_uint_eq(site->frees - site->resized, 1);
	ck_assert_uint_eq(site->releaser_count, 1);
	check(&site->releasers[0], 0xb0, 1, 30);
	site = site_at(0xb0);
	ck_assert_uint_eq(site->releaser_count, 1);
	check(&site->releasers[0], 0xc0, 1, 50);
}
END_TEST

START_TEST(test_only_the_caller_is_known)
{
	stack_id alone = writer_stack(writer, writer_stack(writer, 0, 0, FRAME_CALLER_ONLY), module,
				      0x77);
	const struct model_site *site;

	live_and_die(stack_a, alone, 1, 10);
	live_and_die(stack_b, 0, 1, 10);
	judge_as(&details);
	site = site_at(0xa0);
	check(&site->releasers[0], 0x77, 1, 10);
	ck_assert_uint_eq(site->releasers[0].stack.frame_count, 2);
	ck_assert_str_ne(site->releasers[0].stack.frames[1].note, "");
	site = site_at(0xb0);
	ck_assert_uint_eq(site->releaser_count, 1);
	ck_assert_uint_eq(site->releasers[0].stack.frame_count, 0);
}
END_TEST

/* A recorded block stands for eleven of its size. */
START_TEST(test_sampled)
{
	sample_interval_bytes = 1000;
	restart(0);
	live_and_die(stack_a, stack_b, 2, 100);
	judge_as(&details);
	check(&site_at(0xa0)->releasers[0], 0xb0, 22, 2200);
}
END_TEST

START_TEST(test_only_if_asked_for)
{
	static const struct build_options first = {.details = true, .shown = {.top = 1}};

	live_and_die(stack_a, stack_b, 2, 100);
	ck_assert_uint_eq(judge()->sites[0].releaser_count, 0);
	teardown();
	setup_releases();
	for (uint64_t i = 0; i < 9; i++)
		live_and_die(place(0x1000 + i), stack_b, 1, 100);
	judge_as(&first);
	ck_assert_uint_eq(build.model.sites[0].releaser_count, 1);
	ck_assert_uint_eq(build.model.sites[8].releaser_count, 0);
}
END_TEST

/* What was known when the room ended goes on being counted. */
START_TEST(test_no_room)
{
	struct releasers releasers = {.pair_limit = 2};
	struct replay_options options = {.releasers = &releasers};
	struct frames frames = {.arena = &build.arena, .symbols = symbols_new()};
	struct model_site sites[2] = {{0}};
	stack_id here = place(0x1), there = place(0x2);
	struct replay replay;

	for (int i = 0; i < 2; i++) {
		live_and_die(stack_a, here, 2, 10);
		live_and_die(stack_b, here, 1, 10);
		live_and_die(stack_b, there, 5, 10);
	}
	read_back();
	frames.reader = reader;
	replay_run(&replay, reader, &options);
	releasers_sort(&releasers);
	for (uint32_t i = 0; i < 2; i++) {
		releasers_fill(&releasers, i, &sites[i], &frames);
		ck_assert_uint_eq(sites[i].releaser_count, 1);
		check(&sites[i].releasers[0], 0x1, i ? 2 : 4, i ? 20 : 40);
	}
	frames_release(&frames);
	symbols_free(frames.symbols);
	releasers_release(&releasers);
	replay_release(&replay);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("releasers");
	TCase *tests = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup_releases, teardown);
	tcase_add_test(tests, test_most_blocks_first);
	tcase_add_test(tests, test_reallocations);
	tcase_add_test(tests, test_only_the_caller_is_known);
	tcase_add_test(tests, test_sampled);
	tcase_add_test(tests, test_only_if_asked_for);
	tcase_add_test(tests, test_no_room);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
