/* SPDX-License-Identifier: MIT */
/* Blocks by birth and age: exact cells of small runs, and sums that hold whatever there is room for. */
#include "analyzer/analysis/replay.h"
#include "golden_trace.h"
#include "suite.h"

#define START 1000u
#define COLUMN 100u /* stamps, as all runs are LAST + 1 long */
#define LAST (LEXIS_COLUMNS * COLUMN - 1)
#define BLOCKS 300u
#define STEPS 20000u

static struct lexis lexis;
static struct replay replay;
static struct arena arena;
static struct model model;
static uint64_t random_state;

static uint64_t next_random(uint64_t below)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % below;
}

static void setup_lexis(void)
{
	setup();
	memset(&lexis, 0, sizeof lexis);
	random_state = 1;
}

static void teardown_lexis(void)
{
	replay_release(&replay);
	lexis_release(&lexis);
	arena_release(&arena);
	teardown();
}

/* The time since the start of the next event. */
static void at(uint64_t ns)
{
	stamp = START + ns - 1;
}

static void reallocate(uint64_t from, uint64_t to, uint64_t size, stack_id stack)
{
	put(EVENT_REALLOC_BEGIN, API_REALLOC, from, 0, stack, 0);
	put(EVENT_REALLOC_END, API_REALLOC, to, size, stack, 0);
}

/* The model's cells; the id of a site is its stack's. */
static const struct model_lexis *count(const struct replay_options *options)
{
	uint32_t ids[16];

	for (uint32_t i = 0; i < 16; i++)
		ids[i] = i;
	at(LAST);
	release(API_FREE, 0);
	read_back();
	replay_run(&replay, reader, options);
	memset(&model, 0, sizeof model);
	lexis_build(&lexis, &model, &arena, reader, &replay.tally, ids);
	return &model.lexis;
}

static const struct model_lexis *count_by(enum age_clock clock)
{
	return count(&(struct replay_options){.clock = clock, .lexis = &lexis});
}

static void check_cell(const struct model_lexis_cell *cell, stack_id stack, uint32_t birth,
		       bool alive, uint64_t blocks, uint64_t bytes)
{
	ck_assert_uint_eq(cell->site, stack);
	ck_assert_uint_eq(cell->birth, birth);
	ck_assert_int_eq(cell->alive, alive);
	ck_assert_uint_eq(cell->blocks, blocks);
	ck_assert_uint_eq(cell->bytes, bytes);
}

/* That the row of a cell is the one that an age belongs in. */
static void check_age(const struct model_lexis *l, const struct model_lexis_cell *cell,
		      uint64_t age)
{
	ck_assert_uint_lt(cell->age, l->age_count);
	ck_assert_uint_ge(age, l->ages[cell->age]);
	ck_assert_uint_lt(age, ages_floor(2 * (cell->age + 1u)));
}

/* One block that dies, one that goes on in a reallocation and lives. */
static void write_two_blocks(void)
{
	at(10);
	put(EVENT_ALLOC, API_MALLOC, 0x1000, 16, stack_a, 0);
	at(150);
	put(EVENT_ALLOC, API_MALLOC, 0x2000, 100, stack_b, 0);
	at(160);
	release(API_FREE, 0x1000);
	at(250);
	reallocate(0x2000, 0x3000, 40, stack_b);
}

START_TEST(test_by_allocation_clock)
{
	const struct model_lexis *l;

	write_two_blocks();
	l = count_by(AGE_BYTES);
	ck_assert_uint_eq(l->cell_count, 2);
	check_cell(&l->cells[0], stack_a, 0, false, 1, 16);
	check_age(l, &l->cells[0], 100);
	check_cell(&l->cells[1], stack_b, 1, true, 1, 40);
	check_age(l, &l->cells[1], 40);
	ck_assert_uint_eq(l->birth_count, LEXIS_COLUMNS);
	for (uint32_t i = 0; i < l->birth_count; i++)
		ck_assert_uint_eq(l->birth_ns[i], COLUMN * i);
	/* Two rows an octave, up to the oldest age. */
	ck_assert_uint_eq(l->age_count, 12);
	ck_assert_uint_eq(l->ages[0], 0);
	ck_assert_uint_eq(l->ages[4], 8);
	ck_assert_uint_eq(l->ages[8], 32);
	ck_assert_uint_eq(l->ages[9], 48);
	ck_assert_uint_eq(l->ages[11], 96);
}
END_TEST

START_TEST(test_by_time)
{
	const struct model_lexis *l;

	write_two_blocks();
	l = count_by(AGE_NS);
	ck_assert_uint_eq(l->cell_count, 2);
	check_cell(&l->cells[0], stack_a, 0, false, 1, 16);
	check_age(l, &l->cells[0], 150);
	check_cell(&l->cells[1], stack_b, 1, true, 1, 40);
	check_age(l, &l->cells[1], LAST - 150);
	ck_assert_uint_eq(l->ages[l->age_count - 1], 6144);
}
END_TEST

/* Reallocated elsewhere, a block dies; one that vanishes without a release is not counted. */
START_TEST(test_what_is_a_death)
{
	const struct model_lexis *l;

	at(10);
	put(EVENT_ALLOC, API_MALLOC, 0x1000, 16, stack_a, 0);
	at(110);
	reallocate(0x1000, 0x2000, 32, stack_b);
	at(210);
	put(EVENT_ALLOC, API_MALLOC, 0x2000, 64, stack_c, 0);
	l = count_by(AGE_BYTES);
	ck_assert_uint_eq(replay.tally.overwritten, 1);
	ck_assert_uint_eq(l->cell_count, 2);
	check_cell(&l->cells[0], stack_a, 0, false, 1, 16);
	check_cell(&l->cells[1], stack_c, 2, true, 1, 64);
}
END_TEST

START_TEST(test_window)
{
	const struct model_lexis *l;

	at(1599);
	put(EVENT_ALLOC, API_MALLOC, 0x1000, 16, stack_a, 0);
	put(EVENT_ALLOC, API_MALLOC, 0x2000, 20, stack_b, 0);
	at(3199);
	put(EVENT_ALLOC, API_MALLOC, 0x3000, 24, stack_b, 0);
	put(EVENT_ALLOC, API_MALLOC, 0x4000, 28, stack_c, 0);
	l = count(&(struct replay_options){
		.lexis = &lexis, .since_stamp = START + 1600, .until_stamp = START + 3200});
	ck_assert_uint_eq(l->birth_count, LEXIS_COLUMNS);
	ck_assert_uint_eq(l->birth_ns[0], 1600);
	ck_assert_uint_eq(l->birth_ns[63], 1600 + 63 * 25);
	ck_assert_uint_eq(l->cell_count, 2);
	check_cell(&l->cells[0], stack_b, 0, true, 1, 20);
	check_cell(&l->cells[1], stack_b, 63, true, 1, 24);
}
END_TEST

/* A recorded block stands for eleven of its size. */
START_TEST(test_sampled)
{
	const struct model_lexis *l;

	sample_interval_bytes = 1000;
	restart(0);
	at(10);
	put(EVENT_ALLOC, API_MALLOC, 0x1000, 100, stack_a, 0);
	put(EVENT_ALLOC, API_MALLOC, 0x2000, 100, stack_a, 0);
	release(API_FREE, 0x1000);
	l = count_by(AGE_BYTES);
	ck_assert_uint_eq(l->cell_count, 2);
	check_cell(&l->cells[0], stack_a, 0, true, 11, 1100);
	check_age(l, &l->cells[0], 0);
	check_cell(&l->cells[1], stack_a, 0, false, 11, 1100);
	check_age(l, &l->cells[1], 1100);
}
END_TEST

START_TEST(test_nothing)
{
	const struct model_lexis *l = count_by(AGE_BYTES);

	ck_assert_uint_eq(l->cell_count, 0);
	ck_assert_uint_eq(l->age_count, 0);
}
END_TEST

/* What every cell should have, by column, row, stack and alive. */
static struct model_amount naive[LEXIS_COLUMNS][AGES_BUCKETS / 2][4][2];

static struct place {
	uint64_t size, birth;
	stack_id stack;
	uint32_t column;
} places[BLOCKS];

static void account(const struct place *place, uint64_t now, bool alive)
{
	struct model_amount *amount =
		&naive[place->column][ages_bucket(now - place->birth) / 2][place->stack - 1][alive];

	amount->blocks++;
	amount->bytes += place->size;
}

/* Random blocks of four stacks, and what is to come of them by the allocation clock. */
static void write_at_random(void)
{
	stack_id stacks[] = {stack_a, stack_b, stack_c, writer_stack(writer, 0, module, 0xd0)};
	uint64_t clock = 0;

	memset(naive, 0, sizeof naive);
	memset(places, 0, sizeof places);
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t i = (uint32_t)next_random(BLOCKS);
		struct place *place = &places[i];

		stamp = START + (uint64_t)step * LAST / STEPS - 1;
		if (place->size) {
			release(API_FREE, 0x1000ull * (i + 1));
			account(place, clock, false);
			stamp--;
		}
		place->size = 1 + next_random(10000);
		place->stack = (stack_id)(1 + next_random(4));
		place->column = (uint32_t)((stamp + 1 - START) / COLUMN);
		put(EVENT_ALLOC, API_MALLOC, 0x1000ull * (i + 1), place->size,
		    stacks[place->stack - 1], 0);
		place->birth = clock += place->size;
	}
	for (uint32_t i = 0; i < BLOCKS; i++)
		if (places[i].size)
			account(&places[i], clock, true);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_uint_ne(stacks[i], 0);
}

static uint64_t order_of(const struct model_lexis_cell *cell)
{
	return (uint64_t)cell->birth << 48 | (uint64_t)cell->age << 40 |
	       (uint64_t)cell->alive << 32 | cell->site;
}

static void check_sums(const struct model_lexis *l)
{
	struct model_amount dead = {0}, alive = {0};

	for (uint32_t i = 0; i < l->cell_count; i++) {
		struct model_amount *sum = l->cells[i].alive ? &alive : &dead;

		sum->blocks += l->cells[i].blocks;
		sum->bytes += l->cells[i].bytes;
		ck_assert_uint_lt(l->cells[i].birth, l->birth_count);
		ck_assert_uint_lt(l->cells[i].age, l->age_count);
		ck_assert(!i || order_of(&l->cells[i - 1]) < order_of(&l->cells[i]));
	}
	ck_assert_uint_eq(dead.blocks, replay.tally.frees - replay.tally.resized);
	ck_assert_uint_eq(dead.bytes, replay.tally.allocated_bytes - replay.tally.live_bytes);
	ck_assert_uint_eq(alive.blocks, replay.tally.live_blocks);
	ck_assert_uint_eq(alive.bytes, replay.tally.live_bytes);
}

START_TEST(test_against_a_naive_account)
{
	const struct model_lexis *l;
	stack_id stacks[4];

	write_at_random();
	stacks[0] = stack_a, stacks[1] = stack_b, stacks[2] = stack_c;
	l = count_by(AGE_BYTES);
	check_sums(l);
	stacks[3] = reader_stack_count(reader);
	for (uint32_t i = 0; i < l->cell_count; i++) {
		const struct model_lexis_cell *cell = &l->cells[i];
		struct model_amount *amount = NULL;

		for (uint32_t k = 0; k < 4; k++)
			if (stacks[k] == cell->site)
				amount = &naive[cell->birth][cell->age][k][cell->alive];
		ck_assert_ptr_nonnull(amount);
		ck_assert_uint_eq(cell->blocks, amount->blocks);
		ck_assert_uint_eq(cell->bytes, amount->bytes);
	}
}
END_TEST

/* With less room than cells the sums of all sites stay what they are. */
START_TEST(test_no_room)
{
	const struct model_lexis *l;
	uint32_t of_sites = 0;

	lexis.cell_limit = 50;
	write_at_random();
	l = count_by(AGE_BYTES);
	check_sums(l);
	for (uint32_t i = 0; i < l->cell_count; i++)
		of_sites += l->cells[i].site != 0;
	ck_assert_uint_eq(of_sites, 50);
	ck_assert_uint_gt(l->cell_count, 50);
	for (uint32_t i = 0; i < l->cell_count; i++) {
		const struct model_lexis_cell *cell = &l->cells[i];
		struct model_amount sum = {0}, naive_sum = {0};

		for (uint32_t k = 0; k < l->cell_count; k++) {
			if (order_of(&l->cells[k]) >> 32 != order_of(cell) >> 32)
				continue;
			sum.blocks += l->cells[k].blocks;
			sum.bytes += l->cells[k].bytes;
		}
		for (uint32_t k = 0; k < 4; k++) {
			naive_sum.blocks += naive[cell->birth][cell->age][k][cell->alive].blocks;
			naive_sum.bytes += naive[cell->birth][cell->age][k][cell->alive].bytes;
		}
		ck_assert_uint_eq(sum.blocks, naive_sum.blocks);
		ck_assert_uint_eq(sum.bytes, naive_sum.bytes);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lexis");
	TCase *tests = tcase_create("cells");

	tcase_add_checked_fixture(tests, setup_lexis, teardown_lexis);
	tcase_add_test(tests, test_by_allocation_clock);
	tcase_add_test(tests, test_by_time);
	tcase_add_test(tests, test_what_is_a_death);
	tcase_add_test(tests, test_window);
	tcase_add_test(tests, test_sampled);
	tcase_add_test(tests, test_nothing);
	tcase_add_test(tests, test_against_a_naive_account);
	tcase_add_test(tests, test_no_room);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
