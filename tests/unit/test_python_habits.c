/* SPDX-License-Identifier: MIT */
/* Ways of keeping data in Python, on heaps made by hand: as every layout of instances has them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/analysis/python_habits.h"
#include "analyzer/util/array.h"
#include "suite.h"

#define HEAP 0x500000000000ull
#define CLASSES 0x400000000000ull
#define POINT (CLASSES + 0x100)
#define DICT (CLASSES + 0x200)
#define LIST (CLASSES + 0x300)
#define FLOAT (CLASSES + 0x400)
#define INT (CLASSES + 0x500)
#define STRING (CLASSES + 0x600)

#define HEAP_TYPE (1u << 9)
#define HAVE_GC (1u << 14)
#define MANAGED_DICT (1u << 4)
#define INLINE (1u << 2)

/* How instances have their attributes. */
enum layout { OLD, VALUES_FIRST, VALUES_TAGGED, VALUES_INLINE };

static struct trace_object_name names[8];
static struct graph_block *blocks;
static struct trace_word *words;
static size_t block_count, block_capacity, word_count, word_capacity;
static uint64_t next;
static struct trace_snapshot taken;
static struct reachability r;
static struct types types;
static struct python_habits habits;

static void setup(void)
{
	next = HEAP;
	names[0] = (struct trace_object_name){POINT, TRACE_NAME_CLASS, "Point", 0, 0, 0, 0, 0};
	names[1] = (struct trace_object_name){DICT, TRACE_NAME_CLASS,	"dict", 48,
					      0,    HAVE_GC | 1u << 29, 0,	0};
	names[2] = (struct trace_object_name){LIST, TRACE_NAME_CLASS,	"list", 40,
					      0,    HAVE_GC | 1u << 25, 0,	0};
	names[3] = (struct trace_object_name){FLOAT, TRACE_NAME_CLASS, "float", 24, 0, 0, 0, 0};
	names[4] = (struct trace_object_name){INT, TRACE_NAME_CLASS, "int", 24, 4, 0, 0, 0};
	names[5] = (struct trace_object_name){STRING, TRACE_NAME_CLASS, "str", 80, 0, 0, 0, 0};
	taken = (struct trace_snapshot){.names = names, .name_count = 6};
}

static void teardown(void)
{
	python_habits_release(&habits);
	python_objects_release(&r.python);
	types_release(&types);
	graph_free(r.graph);
	free(blocks);
	free(words);
	memset(&r, 0, sizeof r);
	blocks = NULL;
	words = NULL;
	block_count = block_capacity = word_count = word_capacity = 0;
}

/* What has attributes and items is by another allocator than objects are. */
static uint64_t table(uint64_t bytes, uint32_t site)
{
	uint64_t address = next;

	ARRAY_GROW(blocks, block_count + 1, block_capacity);
	blocks[block_count++] = (struct graph_block){
		.address = address, .size = bytes, .site = site, .flags = GRAPH_BLOCK_ANYWHERE};
	next += (bytes + 31) & ~15ull;
	return address;
}

static uint64_t block(uint64_t bytes, uint32_t site)
{
	uint64_t address = table(bytes, site);

	blocks[block_count - 1].flags |= GRAPH_BLOCK_OBJECT_DOMAIN;
	return address;
}

static void word(uint64_t address, uint64_t value)
{
	ARRAY_GROW(words, word_count + 1, word_capacity);
	words[word_count++] = (struct trace_word){address, value};
}

static int compare_words(const void *a, const void *b)
{
	uint64_t x = ((const struct trace_word *)a)->address;
	uint64_t y = ((const struct trace_word *)b)->address;

	return x < y ? -1 : x > y;
}

static void look(void)
{
	struct graph_input input;

	if (word_count)
		qsort(words, word_count, sizeof *words, compare_words);
	r.snapshot = &taken;
	r.blocks = blocks;
	r.block_count = block_count;
	r.site_count = 8;
	r.known = true;
	types_init(&types, 8, &taken);
	python_objects_init(&r.python, &taken, 0x030b02f0, block_count);
	python_objects_see(&r.python, blocks, block_count, words, word_count, &types);
	python_objects_seen(&r.python, blocks, block_count);
	input = (struct graph_input){.blocks = blocks, .block_count = block_count};
	r.graph = graph_new(&input);
	graph_words(r.graph, words, word_count);
	graph_finish(r.graph);
	python_habits_find(&habits, &r);
}

static const struct python_habit *find(enum python_habit_kind kind)
{
	for (size_t i = 0; i < habits.count; i++)
		if (habits.list[i].kind == kind)
			return &habits.list[i];
	return NULL;
}

static void make_class(enum layout layout)
{
	static const uint32_t flags[] = {
		[OLD] = 0,
		[VALUES_FIRST] = MANAGED_DICT,
		[VALUES_TAGGED] = MANAGED_DICT,
		[VALUES_INLINE] = MANAGED_DICT | INLINE,
	};

	names[0].basic_bytes = layout == OLD ? 32 : layout == VALUES_FIRST ? 24 : 16;
	names[0].dict_offset = layout == OLD ? 16 : (uint32_t)-1;
	names[0].flags = HEAP_TYPE | HAVE_GC | flags[layout];
}

/* With three attributes and room for a fourth. asked: its dictionary is there. */
static void make_instance(enum layout layout, uint32_t site, bool asked)
{
	uint64_t at, dict, values;

	if (layout == OLD) {
		at = block(48, site);
		dict = block(64, site);
		values = table(32, site);
		word(at + 24, POINT);
		word(at + 32, dict + 16);
		word(dict + 24, DICT);
		if (!asked)
			word(dict + 56, values); /* else keys are its own */
		return;
	}
	at = block(layout == VALUES_INLINE   ? 32 + 16 + 48
		   : layout == VALUES_TAGGED ? 32 + 16
					     : 32 + 24,
		   site);
	word(at + 40, POINT);
	if (asked) {
		dict = block(64, site);
		word(at + 8, dict + 16);
		word(dict + 24, DICT);
	} else if (layout == VALUES_FIRST) {
		values = table(40, site); /* 8 of which are the order */
		word(at, values + 8);
		word(values + 8, POINT); /* an attribute that is a class */
	} else if (layout == VALUES_TAGGED) {
		values = table(40, site);
		word(at + 8, values + 7);
		word(values + 8, POINT);
	}
}

START_TEST(instances)
{
	static const struct {
		uint64_t now, then; /* bytes of each */
	} expected[] = {
		[OLD] = {48 + 64 + 32, 64},
		[VALUES_FIRST] = {64 + 48, 64},
		[VALUES_TAGGED] = {48 + 48, 64},
		[VALUES_INLINE] = {96, 64},
	};
	const struct python_habit *habit;

	make_class((enum layout)_i);
	for (uint32_t i = 0; i < 10; i++)
		make_instance((enum layout)_i, i < 4 ? 1 : 2, i == 9);
	look();
	habit = find(PYTHON_HABIT_INSTANCES);
	ck_assert_ptr_nonnull(habit);
	ck_assert_str_eq(habit->name, "Point");
	ck_assert_uint_eq(habit->site, 2);
	ck_assert_uint_eq(habit->count, 9);
	ck_assert_uint_eq(habit->bytes, 9 * expected[_i].now);
	ck_assert_uint_eq(habit->saved_bytes, 9 * (expected[_i].now - expected[_i].then));
}
END_TEST

/* Of which more than a tenth have a dictionary that somebody has asked for, or that differs. */
START_TEST(instances_with_dictionaries)
{
	make_class((enum layout)_i);
	for (uint32_t i = 0; i < 10; i++)
		make_instance((enum layout)_i, 1, i >= 8);
	look();
	ck_assert_ptr_null(find(PYTHON_HABIT_INSTANCES));
}
END_TEST

/* Whose items are floats but for some that have no block, as None. */
static void make_list(uint64_t type, unsigned count, unsigned room, bool shared)
{
	uint64_t list = block(56, 1), items = table(8ull * room, 3), more = block(80, 4);

	word(list + 24, LIST);
	word(list + 40, items);
	for (unsigned i = 0; i < count; i++) {
		uint64_t number = block(24, 5);

		word(number + 8, type);
		word(items + 8ull * i, number);
		if (shared && i < 8)
			word(more + 8ull * i, number);
	}
}

START_TEST(lists_of_numbers)
{
	const struct python_habit *habit;
	bool ints = _i;

	for (int i = 0; i < 3; i++)
		make_list(ints ? INT : FLOAT, 1200, 1300, i == 1);
	look();
	habit = find(ints ? PYTHON_HABIT_INTS : PYTHON_HABIT_FLOATS);
	ck_assert_ptr_nonnull(habit);
	ck_assert_uint_eq(habits.count, 1);
	ck_assert_uint_eq(habit->site, 3);
	ck_assert_uint_eq(habit->groups, 3);
	ck_assert_uint_eq(habit->count, 3600);
	ck_assert_uint_eq(habit->bytes, (3600 - 8) * 32);
	ck_assert_uint_eq(habit->saved_bytes, habit->bytes);
}
END_TEST

/* Few numbers, or among many that have no block. */
START_TEST(other_lists)
{
	make_list(FLOAT, 999, 1000, false);
	make_list(FLOAT, 1200, 2500, false);
	make_list(STRING, 1200, 1200, false);
	look();
	ck_assert_uint_eq(habits.count, 0);
}
END_TEST

/* Items and values may be classes: that makes no objects of the tables. */
START_TEST(tables_are_no_objects)
{
	uint64_t list = block(56, 1), items = table(64, 3);

	word(list + 24, LIST);
	word(list + 40, items);
	word(items, INT);
	word(items + 8, FLOAT);
	look();
	ck_assert_ptr_nonnull(python_objects_class(&r.python, 0));
	ck_assert_ptr_null(python_objects_class(&r.python, 1));
}
END_TEST

/* What is in front of the attributes is left over from what had that memory before. */
START_TEST(words_in_front_of_values)
{
	uint64_t at, values, stale;
	graph_target target;

	make_class(VALUES_FIRST);
	at = block(56, 1);
	values = table(32 + 30 * 8, 1);
	stale = block(64, 2);
	word(at, values + 32);
	word(at + 40, POINT);
	word(values, stale);
	word(values + 8, FLOAT);
	word(values + 24, stale);
	word(values + 32, stale);
	look();
	ck_assert_ptr_null(python_objects_class(&r.python, 1));
	ck_assert(!graph_points_to(r.graph, 1, 0, &target));
	ck_assert(!graph_points_to(r.graph, 1, 24, &target));
	ck_assert(graph_points_to(r.graph, 1, 32, &target));
	ck_assert_uint_eq(graph_block_of(target), 2);
}
END_TEST

/* Numbers, and what a string has in front of its characters, may look like addresses. */
START_TEST(words_that_are_no_pointers)
{
	uint64_t other = block(64, 1), string = block(80, 2), number = block(24, 3);
	graph_target target;

	word(string + 8, STRING);
	word(string + 24, other);
	word(string + 32, other);
	word(string + 40, other);
	word(number + 8, FLOAT);
	word(number + 16, other);
	look();
	ck_assert(!graph_points_to(r.graph, 1, 24, &target));
	ck_assert(!graph_points_to(r.graph, 1, 32, &target));
	ck_assert(graph_points_to(r.graph, 1, 40, &target));
	ck_assert(!graph_points_to(r.graph, 2, 16, &target));
}
END_TEST

START_TEST(strings_of_few_texts)
{
	const struct python_habit *habit;
	uint64_t at = block(60, 6);

	names[6] = (struct trace_object_name){at, TRACE_NAME_EQUAL, "active", 55, 0, 0, 0, 4000};
	names[7] = (struct trace_object_name){at, TRACE_NAME_EQUAL, "passive", 56, 0, 0, 0, 3000};
	taken.name_count = 8;
	look();
	habit = find(PYTHON_HABIT_STRINGS);
	ck_assert_ptr_nonnull(habit);
	ck_assert_str_eq(habit->name, "active");
	ck_assert_uint_eq(habit->site, 6);
	ck_assert_uint_eq(habits.count, 1);
	ck_assert_uint_eq(habit->groups, 2);
	ck_assert_uint_eq(habit->count, 7000);
	ck_assert_uint_eq(habit->bytes, 7000 * 64);
	ck_assert_uint_eq(habit->saved_bytes, (3999 + 2999) * 64);
}
END_TEST

START_TEST(nothing_without_classes)
{
	block(60, 6);
	taken.name_count = 0;
	look();
	ck_assert_uint_eq(habits.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("habits of Python");
	TCase *cases = tcase_create("habits");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, instances, OLD, VALUES_INLINE + 1);
	tcase_add_loop_test(cases, instances_with_dictionaries, OLD, VALUES_INLINE + 1);
	tcase_add_loop_test(cases, lists_of_numbers, 0, 2);
	tcase_add_test(cases, other_lists);
	tcase_add_test(cases, tables_are_no_objects);
	tcase_add_test(cases, words_in_front_of_values);
	tcase_add_test(cases, words_that_are_no_pointers);
	tcase_add_test(cases, strings_of_few_texts);
	tcase_add_test(cases, nothing_without_classes);
	suite_add_tcase(suite, cases);
	return suite_run(suite);
}
