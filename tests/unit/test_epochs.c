/* SPDX-License-Identifier: MIT */
/* What was allocated between marks, and what of it was left behind. */
#include "golden_trace.h"
#include "suite.h"

/* Check notes every assertion in a file: in loops only failures should be any. */
#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			ck_abort_msg("%s", #condition); \
	} while (0)

static void mark(mark_id id)
{
	put(EVENT_MARK, 0, 0, id, 0, 0);
}

static void resize(uint64_t from, uint64_t to, uint64_t size, stack_id stack)
{
	put(EVENT_REALLOC_BEGIN, API_REALLOC, from, 0, stack, 0);
	put(EVENT_REALLOC_END, API_REALLOC, to, size, stack, 0);
}

static void check(const struct model_epoch *epoch, const char *name, uint64_t marks,
		  const uint64_t amounts[6])
{
	ck_assert_str_eq(epoch->name, name);
	ck_assert_uint_eq(epoch->marks, marks);
	ck_assert_uint_eq(epoch->allocations, amounts[0]);
	ck_assert_uint_eq(epoch->allocated_bytes, amounts[1]);
	ck_assert_uint_eq(epoch->left_blocks, amounts[2]);
	ck_assert_uint_eq(epoch->left_bytes, amounts[3]);
	ck_assert_uint_eq(epoch->live_blocks, amounts[4]);
	ck_assert_uint_eq(epoch->live_bytes, amounts[5]);
}
#define AMOUNTS(...) ((const uint64_t[6]){__VA_ARGS__})

START_TEST(test_no_marks)
{
	const struct model *model;

	allocate(API_MALLOC, 0x1000, 10);
	model = judge();
	ck_assert_uint_eq(model->epoch_count, 0);
	ck_assert_uint_eq(model->sites[0].epoch_count, 0);
}
END_TEST

/* Left behind at the end of an epoch, and still there at the end of the run. */
START_TEST(test_left_and_live)
{
	mark_id one = writer_mark(writer, "one"), two = writer_mark(writer, "two");
	const struct model *model;

	allocate(API_MALLOC, 0x1000, 7); /* before all */
	mark(two);
	allocate(API_MALLOC, 0x2000, 100);
	allocate(API_MALLOC, 0x3000, 50);
	release(API_FREE, 0x2000);
	mark(one);
	release(API_FREE, 0x3000); /* left behind, and not live at the end */
	allocate(API_MALLOC, 0x4000, 30);
	mark(0);
	allocate(API_MALLOC, 0x5000, 1000); /* in none */
	mark(two);
	release(API_FREE, 0x4000);
	allocate(API_MALLOC, 0x6000, 20);
	model = judge();
	ck_assert_uint_eq(model->epoch_count, 2);
	check(&model->epochs[0], "two", 2, AMOUNTS(3, 170, 2, 70, 1, 20));
	check(&model->epochs[1], "one", 1, AMOUNTS(1, 30, 1, 30, 0, 0));
	ck_assert_uint_eq(model->epochs[0].start_ns, 2);
	/* From 1002 to 1006, and from 1011 to the end. */
	ck_assert_uint_eq(model->epochs[0].duration_ns, 4 + (stamp - 1011));
	ck_assert_uint_eq(model->epochs[1].duration_ns, 3);
	ck_assert_uint_eq(model->sites[0].epoch_count, 1);
	ck_assert_uint_eq(model->sites[0].epochs[0].epoch, 0);
	ck_assert_uint_eq(model->sites[0].epochs[0].blocks, 1);
	ck_assert_uint_eq(model->sites[0].epochs[0].bytes, 20);
}
END_TEST

/* Blocks that do not move the clock: before the first mark, and right after one. */
START_TEST(test_empty_blocks)
{
	mark_id one = writer_mark(writer, "one"), two = writer_mark(writer, "two");
	const struct model *model;

	allocate(API_MALLOC, 0x1000, 0);
	mark(one);
	allocate(API_MALLOC, 0x2000, 0);
	allocate(API_MALLOC, 0x3000, 0);
	mark(two);
	mark(one);
	mark(two);
	allocate(API_MALLOC, 0x4000, 0);
	release(API_FREE, 0x2000);
	release(API_FREE, 0x4000);
	release(API_FREE, 0x1000);
	model = judge();
	check(&model->epochs[0], "one", 2, AMOUNTS(2, 0, 2, 0, 1, 0));
	check(&model->epochs[1], "two", 2, AMOUNTS(1, 0, 0, 0, 0, 0));
}
END_TEST

/* A block that goes on stays in its epoch; one that is moved by another call is a new one. */
START_TEST(test_reallocations)
{
	mark_id one = writer_mark(writer, "one"), two = writer_mark(writer, "two");
	const struct model *model;

	mark(one);
	allocate(API_MALLOC, 0x1000, 10);
	resize(0x1000, 0x2000, 20, stack_a);
	allocate(API_MALLOC, 0x8000, 5);
	mark(two);
	resize(0x2000, 0x3000, 40, stack_a);
	resize(0x8000, 0x9000, 6, stack_b);
	put(EVENT_REALLOC_BEGIN, API_REALLOC, 0x3000, 0, stack_b, 0); /* fails */
	put(EVENT_REALLOC_END, API_REALLOC, 0, 1000, stack_b, 12);
	model = judge();
	check(&model->epochs[0], "one", 1, AMOUNTS(3, 35, 2, 25, 1, 40));
	check(&model->epochs[1], "two", 1, AMOUNTS(2, 46, 1, 6, 1, 6));
}
END_TEST

/* A recorded block stands for eleven of its size. */
START_TEST(test_sampled)
{
	const struct model *model;

	sample_interval_bytes = 1000;
	restart(0);
	mark(writer_mark(writer, "one"));
	allocate(API_MALLOC, 0x1000, 100);
	allocate(API_MALLOC, 0x2000, 100);
	release(API_FREE, 0x2000);
	model = judge();
	check(&model->epochs[0], "one", 1, AMOUNTS(22, 2200, 11, 1100, 11, 1100));
	ck_assert_uint_eq(model->sites[0].epochs[0].blocks, 11);
}
END_TEST

START_TEST(test_part_of_a_run)
{
	struct build_options part = {.since_stamp = 1004, .until_stamp = 1006};
	mark_id one = writer_mark(writer, "one");
	const struct model *model;

	mark(one); /* 1001 */
	allocate(API_MALLOC, 0x1000, 10);
	allocate(API_MALLOC, 0x2000, 10);
	allocate(API_MALLOC, 0x3000, 30); /* 1004 */
	release(API_FREE, 0x1000);
	allocate(API_MALLOC, 0x4000, 10); /* 1006 */
	mark(0);
	model = judge_as(&part);
	check(&model->epochs[0], "one", 1, AMOUNTS(1, 30, 1, 30, 1, 30));
	ck_assert_uint_eq(model->epochs[0].duration_ns, 5);
}
END_TEST

START_TEST(test_the_epochs_of_a_site)
{
	const struct model *model;
	char name[20];

	for (uint32_t i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "epoch %u", (unsigned int)i);
		mark(writer_mark(writer, name));
		allocate(API_MALLOC, 0x1000 + 0x100 * i, i == 6 ? 1 : 10 + i);
		put(EVENT_ALLOC, API_MALLOC, 0x8000 + 0x100 * i, 5, stack_b, 0);
		if (i)
			release(API_FREE, 0x8000 + 0x100 * i);
	}
	model = judge();
	ck_assert_uint_eq(model->sites[0].epoch_count, 5);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(model->sites[0].epochs[i].epoch, i ? 6 - i : 7);
	ck_assert_uint_eq(model->sites[1].epoch_count, 1);
	ck_assert_uint_eq(model->sites[1].epochs[0].epoch, 0);
	ck_assert_uint_eq(model->sites[1].epochs[0].bytes, 5);
}
END_TEST

/* Of many names the last are added up; here under a name that the program uses, too. */
START_TEST(test_too_many_names)
{
	const struct model *model;
	char name[20];

	for (uint32_t i = 0; i < 4010; i++) {
		snprintf(name, sizeof name, "%u", (unsigned int)i);
		mark(writer_mark(writer, _i && i == 5 ? "others" : name));
		allocate(API_MALLOC, 0x1000 + 0x100 * i, 10);
	}
	model = judge();
	ck_assert_uint_eq(model->epoch_count, _i ? 4000 : 4001);
	if (_i)
		check(&model->epochs[5], "others", 11, AMOUNTS(11, 110, 11, 110, 11, 110));
	else
		check(&model->epochs[4000], "others", 10, AMOUNTS(10, 100, 10, 100, 10, 100));
	check(&model->epochs[3999], "3999", 1, AMOUNTS(1, 10, 1, 10, 1, 10));
}
END_TEST

START_TEST(test_undefined_names)
{
	const struct model *model;

	mark(writer_mark(writer, "one"));
	allocate(API_MALLOC, 0x1000, 10);
	put(EVENT_MARK, 0, 0, 2, 0, 0);
	put(EVENT_MARK, 0, 0, UINT64_MAX, 0, 0);
	put(EVENT_MARK, 0, UINT64_MAX, UINT32_MAX, 0, UINT16_MAX);
	allocate(API_MALLOC, 0x2000, 10);
	model = judge();
	ck_assert_uint_eq(model->epoch_count, 1);
	check(&model->epochs[0], "one", 1, AMOUNTS(1, 10, 1, 10, 1, 10));
}
END_TEST

/* A plain account of the same, for blocks that are few. */
enum { ADDRESSES = 48, NAMES = 5 };

static struct plain_block {
	bool live;
	unsigned epoch; /* 0: none */
	unsigned number; /* of the mark */
	uint64_t size;
	stack_id stack;
} blocks[ADDRESSES];
static struct model_epoch plain[NAMES + 1];
static unsigned epoch_now, mark_now;

static void plain_end(void)
{
	for (int i = 0; i < ADDRESSES; i++) {
		if (blocks[i].live && blocks[i].number == mark_now) {
			plain[epoch_now].left_blocks++;
			plain[epoch_now].left_bytes += blocks[i].size;
		}
	}
}

static void plain_birth(int at, uint64_t size, stack_id stack)
{
	blocks[at] = (struct plain_block){true, epoch_now, mark_now, size, stack};
	plain[epoch_now].allocations++;
	plain[epoch_now].allocated_bytes += size;
}

static void random_step(void)
{
	int at = rand() % ADDRESSES, to = rand() % ADDRESSES;
	stack_id stack = rand() % 2 ? stack_a : stack_b;
	uint64_t size = (uint64_t)(rand() % 3 * (rand() % 40));

	if (rand() % 3 == 0) {
		plain_end();
		epoch_now = (unsigned)rand() % (NAMES + 1);
		mark_now++;
		mark(epoch_now);
	} else if (!blocks[at].live) {
		put(EVENT_ALLOC, API_MALLOC, 0x1000 + 0x100 * (uint64_t)at, size, stack, 0);
		plain_birth(at, size, stack);
	} else if (rand() % 4 || (to != at && blocks[to].live)) {
		release(API_FREE, 0x1000 + 0x100 * (uint64_t)at);
		blocks[at].live = false;
	} else {
		struct plain_block old = blocks[at];

		resize(0x1000 + 0x100 * (uint64_t)at, 0x1000 + 0x100 * (uint64_t)to, size, stack);
		blocks[at].live = false;
		plain_birth(to, size, stack);
		if (old.stack == stack) {
			blocks[to].epoch = old.epoch;
			blocks[to].number = old.number;
		}
	}
}

static const struct generations_rule clocks[] = {
	{.clock = AGE_BYTES}, {.clock = AGE_ALLOCATIONS}, {.clock = AGE_NS}};

/* With so many marks that what is remembered of them is thinned again and again. */
START_TEST(test_as_a_plain_account)
{
	struct generations_rule rule = generations_default;
	struct build_options options = {.generations = &rule, .details = true};
	const struct model *model;

	rule.clock = clocks[_i].clock;
	memset(blocks, 0, sizeof blocks);
	memset(plain, 0, sizeof plain);
	epoch_now = mark_now = 0;
	srand(4 + (unsigned)_i);
	for (int i = 1; i <= NAMES; i++)
		writer_mark(writer, (const char[]){(char)('0' + i), '\0'});
	for (int i = 0; i < 100000; i++) {
		random_step();
		/* Some of the same moment: then no clock but that of allocations moves. */
		stamp -= rand() % 2;
	}
	plain_end();
	for (int i = 0; i < ADDRESSES; i++) {
		if (blocks[i].live) {
			plain[blocks[i].epoch].live_blocks++;
			plain[blocks[i].epoch].live_bytes += blocks[i].size;
		}
	}
	model = judge_as(&options);
	ck_assert_uint_eq(model->epoch_count, NAMES);
	for (uint32_t i = 0; i < NAMES; i++) {
		const struct model_epoch *epoch = &model->epochs[i];
		const struct model_epoch *wanted = &plain[*epoch->name - '0'];

		REQUIRE(epoch->allocations == wanted->allocations);
		REQUIRE(epoch->allocated_bytes == wanted->allocated_bytes);
		REQUIRE(epoch->left_blocks == wanted->left_blocks);
		REQUIRE(epoch->left_bytes == wanted->left_bytes);
		REQUIRE(epoch->live_blocks == wanted->live_blocks);
		REQUIRE(epoch->live_bytes == wanted->live_bytes);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("epochs");
	TCase *tests = tcase_create("golden traces");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_no_marks);
	tcase_add_test(tests, test_left_and_live);
	tcase_add_test(tests, test_empty_blocks);
	tcase_add_test(tests, test_reallocations);
	tcase_add_test(tests, test_sampled);
	tcase_add_test(tests, test_part_of_a_run);
	tcase_add_test(tests, test_the_epochs_of_a_site);
	tcase_add_loop_test(tests, test_too_many_names, 0, 2);
	tcase_add_test(tests, test_undefined_names);
	tcase_add_loop_test(tests, test_as_a_plain_account, 0, 3);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
