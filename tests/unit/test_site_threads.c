/* SPDX-License-Identifier: MIT */
/* Which threads allocated at each site, and what they left alive. */
#include "analyzer/analysis/replay.h"
#include "analyzer/analysis/site_threads.h"
#include "golden_trace.h"
#include "suite.h"

static const struct build_options with_threads = {.threads = true};

static void put_by(thread_id thread, uint8_t kind, uint64_t address, uint64_t size, stack_id stack)
{
	writer_event(writer, &(struct trace_event){
				     .stamp = ++stamp,
				     .address = address,
				     .size = size,
				     .stack = stack,
				     .thread = thread,
				     .kind = kind,
				     .api = kind == EVENT_FREE	  ? API_FREE
					    : kind == EVENT_ALLOC ? API_MALLOC
								  : API_REALLOC,
			     });
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

/* NULL if it allocated nothing there. */
static const struct model_site_thread *thread_at(const struct model_site *site, thread_id id)
{
	for (uint32_t i = 0; i < site->thread_count; i++)
		if (build.model.threads[site->threads[i].thread].id == id)
			return &site->threads[i];
	return NULL;
}

static void check(const struct model_site_thread *thread, uint64_t allocations, uint64_t bytes)
{
	ck_assert_ptr_nonnull(thread);
	ck_assert_uint_eq(thread->allocations, allocations);
	ck_assert_uint_eq(thread->allocated_bytes, bytes);
}

static void check_live(const struct model_site_thread *thread, int generation, uint64_t blocks,
		       uint64_t bytes)
{
	ck_assert_uint_eq(thread->survivors[generation], blocks);
	ck_assert_uint_eq(thread->bytes[generation], bytes);
}

/* All of every site, and of every generation, is some thread's. */
static void check_sums(void)
{
	for (uint32_t i = 0; i < build.model.site_count; i++) {
		const struct model_site *site = &build.model.sites[i];
		struct model_site_thread sum = {0};

		for (uint32_t k = 0; k < site->thread_count; k++) {
			const struct model_site_thread *thread = &site->threads[k];

			ck_assert(!k || thread->thread > site->threads[k - 1].thread);
			sum.allocations += thread->allocations;
			sum.allocated_bytes += thread->allocated_bytes;
			for (int g = 0; g < GENERATIONS; g++) {
				sum.survivors[g] += thread->survivors[g];
				sum.bytes[g] += thread->bytes[g];
			}
		}
		check(&sum, site->allocations, site->allocated_bytes);
		for (int g = 0; g < GENERATIONS; g++)
			check_live(&sum, g, site->generations[g].survivors,
				   site->generations[g].bytes);
	}
}

/* It is the thread that allocates, whoever releases. */
START_TEST(test_dead_and_alive)
{
	const struct model_site *site;

	for (uint64_t i = 0; i < 5; i++)
		put_by(1, EVENT_ALLOC, 0x1000 + 0x100 * i, 10, stack_a);
	for (uint64_t i = 0; i < 3; i++)
		put_by(2, EVENT_ALLOC, 0x2000 + 0x100 * i, 20, stack_a);
	put_by(2, EVENT_ALLOC, 0x3000, 7, stack_b);
	for (uint64_t i = 0; i < 4; i++)
		put_by(2, EVENT_FREE, 0x1000 + 0x100 * i, 0, stack_c);
	put_by(1, EVENT_FREE, 0x2000, 0, stack_c);
	judge_as(&with_threads);
	check_sums();
	site = site_at(0xa0);
	ck_assert_uint_eq(site->thread_count, 2);
	check(thread_at(site, 1), 5, 50);
	check_live(thread_at(site, 1), 0, 1, 10);
	check(thread_at(site, 2), 3, 60);
	check_live(thread_at(site, 2), 0, 2, 40);
	site = site_at(0xb0);
	ck_assert_uint_eq(site->thread_count, 1);
	check(thread_at(site, 2), 1, 7);
}
END_TEST

START_TEST(test_generations)
{
	static const struct generations_rule rule = {.clock = AGE_ALLOCATIONS, .begin = {2, 6}};
	static const struct build_options options = {.threads = true, .generations = &rule};
	const struct model_site *site;

	for (uint64_t i = 0; i < 8; i++)
		put_by(1 + i % 2, EVENT_ALLOC, 0x1000 + 0x100 * i, 10 + i, stack_a);
	judge_as(&options);
	check_sums();
	site = site_at(0xa0);
	check_live(thread_at(site, 1), 0, 1, 16);
	check_live(thread_at(site, 1), 1, 2, 26);
	check_live(thread_at(site, 1), 2, 1, 10);
	check_live(thread_at(site, 2), 0, 1, 17);
	check_live(thread_at(site, 2), 1, 2, 28);
	check_live(thread_at(site, 2), 2, 1, 11);
}
END_TEST

/* A reallocation is an allocation of the thread that calls it, wherever the block came from. */
START_TEST(test_reallocations)
{
	put_by(1, EVENT_ALLOC, 0x1000, 10, stack_a);
	put_by(2, EVENT_REALLOC_BEGIN, 0x1000, 0, stack_a);
	put_by(2, EVENT_REALLOC_END, 0x2000, 30, stack_a);
	put_by(1, EVENT_REALLOC_BEGIN, 0x2000, 0, stack_b);
	put_by(1, EVENT_REALLOC_END, 0x3000, 50, stack_b);
	judge_as(&with_threads);
	check_sums();
	check(thread_at(site_at(0xa0), 1), 1, 10);
	check(thread_at(site_at(0xa0), 2), 1, 30);
	check(thread_at(site_at(0xb0), 1), 1, 50);
	check_live(thread_at(site_at(0xb0), 1), 0, 1, 50);
}
END_TEST

START_TEST(test_release_not_seen)
{
	put_by(1, EVENT_ALLOC, 0x1000, 10, stack_a);
	put_by(2, EVENT_ALLOC, 0x1000, 20, stack_a);
	judge_as(&with_threads);
	check_sums();
	check(thread_at(site_at(0xa0), 1), 1, 10);
	check_live(thread_at(site_at(0xa0), 1), 0, 0, 0);
	check_live(thread_at(site_at(0xa0), 2), 0, 1, 20);
}
END_TEST

/* A recorded block stands for eleven of its size. */
START_TEST(test_sampled)
{
	sample_interval_bytes = 1000;
	restart(0);
	put_by(1, EVENT_ALLOC, 0x1000, 100, stack_a);
	put_by(1, EVENT_ALLOC, 0x2000, 100, stack_a);
	put_by(2, EVENT_FREE, 0x1000, 0, stack_b);
	judge_as(&with_threads);
	check_sums();
	check(thread_at(site_at(0xa0), 1), 22, 2200);
}
END_TEST

/* Blocks of an earlier time are nobody's. */
START_TEST(test_window)
{
	struct build_options options = with_threads;

	put_by(1, EVENT_ALLOC, 0x1000, 10, stack_a);
	put_by(1, EVENT_ALLOC, 0x2000, 10, stack_a);
	options.since_stamp = stamp + 1;
	put_by(2, EVENT_FREE, 0x1000, 0, stack_b);
	put_by(2, EVENT_ALLOC, 0x3000, 20, stack_a);
	judge_as(&options);
	check_sums();
	ck_assert_ptr_null(thread_at(site_at(0xa0), 1));
	check(thread_at(site_at(0xa0), 2), 1, 20);
}
END_TEST

START_TEST(test_only_if_asked_for)
{
	static const struct build_options run_only = {.threads = true, .run_only = true};

	put_by(1, EVENT_ALLOC, 0x1000, 10, stack_a);
	ck_assert_uint_eq(judge()->sites[0].thread_count, 0);
	build_release(&build);
	reader_rewind(reader);
	build_model(&build, reader, path, &run_only);
	ck_assert_uint_eq(build.model.site_count, 0);
}
END_TEST

/* Counts what was written for a model with these threads; there are two sites. */
static void count(struct site_threads *threads, const struct model *model,
		  struct model_site sites[2])
{
	struct replay_options options = {.threads = threads};
	struct replay replay;

	read_back();
	replay_run(&replay, reader, &options);
	site_threads_count_survivors(threads, &replay.tally, &replay.live,
				     (const uint64_t[]){1, 2});
	site_threads_sort(threads, model);
	for (uint32_t i = 0; i < 2; i++)
		site_threads_fill(threads, i, &sites[i], &build.arena);
	site_threads_release(threads);
	replay_release(&replay);
}

/* What was known when the room ended goes on being counted. */
START_TEST(test_no_room)
{
	const struct model_thread known[] = {{.id = 2, .name = ""}, {.id = 1, .name = ""}};
	const struct model model = {.threads = known, .thread_count = 2};
	struct site_threads threads = {.entry_limit = 2};
	struct model_site sites[2] = {{0}};

	for (int i = 0; i < 2; i++) {
		put_by(1, EVENT_ALLOC, 0x1000, 10, stack_a);
		put_by(1, EVENT_FREE, 0x1000, 0, stack_c);
		put_by(2, EVENT_ALLOC, 0x1000, 20, stack_a);
		put_by(2, EVENT_FREE, 0x1000, 0, stack_c);
		put_by(2, EVENT_ALLOC, 0x1000, 30, stack_b);
		put_by(2, EVENT_FREE, 0x1000, 0, stack_c);
	}
	put_by(1, EVENT_ALLOC, 0x2000, 40, stack_a);
	count(&threads, &model, sites);
	ck_assert_uint_eq(sites[0].thread_count, 2);
	ck_assert_uint_eq(sites[0].threads[0].thread, 0);
	check(&sites[0].threads[0], 2, 40);
	check(&sites[0].threads[1], 2, 20);
	check_live(&sites[0].threads[1], 0, 0, 0);
	ck_assert_uint_eq(sites[1].thread_count, 0);
}
END_TEST

START_TEST(test_unknown_threads)
{
	const struct model_thread known[] = {{.id = UINT32_MAX, .name = ""}, {.id = 1, .name = ""}};
	const struct model model = {.threads = known, .thread_count = 2};
	struct site_threads threads = {0};
	struct model_site sites[2] = {{0}};

	put_by(1, EVENT_ALLOC, 0x1000, 10, stack_a);
	put_by(2, EVENT_ALLOC, 0x2000, 20, stack_a);
	put_by(2, EVENT_ALLOC, 0x3000, 30, stack_b);
	count(&threads, &model, sites);
	ck_assert_uint_eq(sites[0].thread_count, 1);
	ck_assert_uint_eq(sites[0].threads[0].thread, 1);
	check(&sites[0].threads[0], 1, 10);
	ck_assert_uint_eq(sites[1].thread_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("site threads");
	TCase *tests = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_dead_and_alive);
	tcase_add_test(tests, test_generations);
	tcase_add_test(tests, test_reallocations);
	tcase_add_test(tests, test_release_not_seen);
	tcase_add_test(tests, test_sampled);
	tcase_add_test(tests, test_window);
	tcase_add_test(tests, test_unknown_threads);
	tcase_add_test(tests, test_only_if_asked_for);
	tcase_add_test(tests, test_no_room);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
