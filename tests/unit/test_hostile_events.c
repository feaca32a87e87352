/* SPDX-License-Identifier: MIT */
/*
 * Traces whose files are sound and whose events are nonsense: any order, any address, any size, and
 * clocks that jump. The analyses must come to an end and their sums must agree, whatever is asked of
 * them.
 */
#include <math.h>

#include "golden_trace.h"
#include "suite.h"

#define EVENTS 20000u

static uint64_t random_state;

static uint64_t next_random(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return random_state >> 20;
}

/* Mostly few addresses, so that they meet; sometimes any. */
static uint64_t some_address(void)
{
	switch (next_random() % 8) {
	case 0:
		return next_random() << 20 | next_random();
	case 1:
		return UINT64_MAX - next_random() % 5000;
	default:
		return 0x10000 + next_random() % 600 * 16;
	}
}

static uint64_t some_size(void)
{
	switch (next_random() % 8) {
	case 0:
		return UINT64_MAX >> next_random() % 64;
	case 1:
		return 0;
	default:
		return next_random() % 3000;
	}
}

/* What the time is now, in agreement with no other such claim. */
static void write_clock(void)
{
	static const uint64_t hour = 3600ull * 1000000000;

	writer_clock(writer, &(struct trace_clock){
				     .stamp = next_random() % 4 ? stamp : next_random(),
				     .monotonic_ns = next_random() % 4 ? next_random() % hour
								       : UINT64_MAX - stamp,
			     });
}

static void write_nonsense(uint64_t seed)
{
	stack_id stacks[] = {0, stack_a, stack_b, stack_c};

	random_state = seed;
	for (uint32_t i = 0; i < EVENTS; i++) {
		stamp += next_random() % 3 ? next_random() % 100 : 0;
		if (clock_kind == CLOCK_STAMP_TSC && i % 500 == 0)
			write_clock();
		writer_event(writer, &(struct trace_event){
					     .stamp = stamp,
					     .address = some_address(),
					     .size = some_size(),
					     .stack = stacks[next_random() % 4],
					     .thread = 1 + (thread_id)(next_random() % 2),
					     .kind = (uint8_t)(next_random() % (EVENT_KINDS + 3)),
					     .api = (uint8_t)(next_random() % (API_COUNT + 3)),
					     .detail = (uint16_t)next_random(),
				     });
	}
}

static void check_generations(const struct model_generation *g, uint64_t live_blocks)
{
	uint64_t survivors = 0;

	for (int i = 0; i < GENERATIONS; i++) {
		ck_assert_uint_eq(g[i].births, g[i].deaths + g[i].survivors +
						       (i + 1 < GENERATIONS ? g[i + 1].births : 0));
		ck_assert(g[i].promotion >= 0 && g[i].promotion <= 1);
		ck_assert(isfinite(g[i].byte_seconds) && g[i].byte_seconds >= 0);
		survivors += g[i].survivors;
	}
	ck_assert_uint_eq(survivors, live_blocks);
}

/* With all its threads known, a site has nothing that is not one's. */
static void check_threads(const struct model_site *site)
{
	uint64_t allocations = 0, allocated_bytes = 0, survivors[GENERATIONS] = {0};

	for (uint32_t i = 0; i < site->thread_count; i++) {
		allocations += site->threads[i].allocations;
		allocated_bytes += site->threads[i].allocated_bytes;
		for (int g = 0; g < GENERATIONS; g++)
			survivors[g] += site->threads[i].survivors[g];
	}
	ck_assert_uint_eq(allocations, site->allocations);
	ck_assert_uint_eq(allocated_bytes, site->allocated_bytes);
	for (int g = 0; g < GENERATIONS; g++)
		ck_assert_uint_eq(survivors[g], site->generations[g].survivors);
}

static void check_site(const struct model_site *site)
{
	check_generations(site->generations, site->live_blocks);
	ck_assert(site->confidence >= 0 && site->confidence <= 1);
	ck_assert(site->survival.plateau >= 0 && site->survival.plateau <= 1);
	ck_assert_ptr_nonnull(site->why);
	/* Losses are among the events: nothing may be concluded. */
	ck_assert_int_eq(site->verdict, VERDICT_UNKNOWN);
}

static void check_lexis(const struct model *model)
{
	const struct model_lexis *lexis = &model->lexis;
	uint64_t deaths = 0, survivors = 0, bytes = 0;

	for (uint32_t i = 0; i < lexis->cell_count; i++) {
		const struct model_lexis_cell *cell = &lexis->cells[i];

		ck_assert_uint_ge(cell->site, 1);
		ck_assert_uint_le(cell->site, model->site_count);
		ck_assert_uint_lt(cell->birth, lexis->birth_count);
		ck_assert_uint_lt(cell->age, lexis->age_count);
		deaths += cell->alive ? 0 : cell->blocks;
		survivors += cell->alive ? cell->blocks : 0;
		bytes += cell->alive ? cell->bytes : 0;
	}
	ck_assert_uint_eq(deaths, model->run.frees - model->run.resized);
	ck_assert_uint_eq(survivors, model->run.live_blocks);
	ck_assert_uint_eq(bytes, model->run.live_bytes);
}

static const struct {
	const char *generations;
	enum grouping grouping;
	bool pages;
	uint64_t since_stamp, until_stamp;
} questions[] = {
	{NULL, GROUPING_STACK, true, 0, 0},
	{"1s,2s", GROUPING_FUNCTION, false, 0, 0},
	{"10n,1000n", GROUPING_MODULE, true, 0, 0},
	{"0.001x,1000x", GROUPING_FILE, false, 100000, 500000},
	{"1,2", GROUPING_TYPE, false, 0, 2000},
};

#define QUESTIONS (sizeof questions / sizeof *questions)
#define SEEDS 5

/* Every question to every trace, with steady clocks and with ones that jump. */
START_TEST(test_nonsense)
{
	size_t q = (size_t)_i % QUESTIONS;
	struct generations_rule rule;
	struct build_options options = {
		.pages = questions[q].pages,
		.details = q % 2 == 0,
		.sources = q % 2 == 0,
		.threads = true,
		.groupings = 1u << questions[q].grouping,
		.since_stamp = questions[q].since_stamp,
		.until_stamp = questions[q].until_stamp,
	};
	uint64_t live_blocks = 0, size_blocks = 0;
	const struct model *model = &build.model;
	struct trace_error why;

	if (questions[q].generations) {
		ck_assert(generations_parse(questions[q].generations, &rule));
		options.generations = &rule;
	}
	if ((size_t)_i >= QUESTIONS * SEEDS) {
		clock_kind = CLOCK_STAMP_TSC;
		restart(0);
	}
	write_nonsense(1 + (uint64_t)_i);
	end.stamp = end.monotonic_ns = ++stamp;
	ck_assert_int_eq(writer_finish(writer, &end), 0);
	reader = reader_new(path, &why);
	ck_assert_ptr_nonnull(reader);
	build_model(&build, reader, path, &options);

	check_generations(model->run.generations, model->run.live_blocks);
	for (uint32_t i = 0; i < model->site_count; i++) {
		check_site(&model->sites[i]);
		check_threads(&model->sites[i]);
		live_blocks += model->sites[i].live_blocks;
	}
	ck_assert_uint_eq(live_blocks, model->run.live_blocks);
	for (uint32_t i = 0; i < model->size_class_count; i++)
		size_blocks += model->size_classes[i].live_blocks;
	ck_assert_uint_eq(size_blocks, model->run.live_blocks);
	if (options.details)
		check_lexis(model);
	for (uint32_t i = 0; i < model->census_count; i++)
		ck_assert_uint_eq(model->census[i].live_bytes, model->census[i].bytes[0] +
								       model->census[i].bytes[1] +
								       model->census[i].bytes[2]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hostile events");
	TCase *tests = tcase_create("nonsense");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_nonsense, 0, 2 * QUESTIONS * SEEDS);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
