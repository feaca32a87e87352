/* SPDX-License-Identifier: MIT */
/* Stacks as one tree and sites as columns: whatever is folded, nothing may get lost. */
#define _GNU_SOURCE
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/html/columns.h"
#include "suite.h"
#include "text_fixture.h"

#define DEPTH_MAX 8

/* A stack by the names of its functions, innermost first, ended by NULL. */
struct fixture_stack {
	struct model_frame frames[DEPTH_MAX];
	struct model_stack stack;
};

static struct model_stack *fill_stack(struct fixture_stack *to, const char *const *functions)
{
	uint32_t count = 0;

	for (; functions[count]; count++)
		to->frames[count] = (struct model_frame){
			.function = functions[count],
			.file = "",
			.module = "/bin/program",
			.language = "",
			.note = "",
		};
	to->stack = (struct model_stack){to->frames, count};
	return &to->stack;
}

#define STACK(name, ...) \
	struct fixture_stack name; \
	fill_stack(&name, (const char *const[]){__VA_ARGS__, NULL})

/* The name in a row of the tree. */
static const char *name_of(const struct forest *f, size_t row)
{
	return forest_text(f, forest_frame(f, f->rows[row].frame)->function);
}

START_TEST(stacks_share_what_they_have_in_common)
{
	static const char *const names[] = {"", "entry", "a", "b", "c"};
	static const uint32_t ups[] = {0, 1, 1, 1, 3};
	struct forest forest = {0};
	uint32_t nodes[3];

	STACK(one, "b", "a", "entry");
	STACK(two, "c", "entry");
	STACK(three, "a", "entry");
	nodes[0] = forest_add(&forest, &one.stack, false, 1);
	nodes[1] = forest_add(&forest, &two.stack, false, 1);
	nodes[2] = forest_add(&forest, &three.stack, false, 1);
	forest_seal(&forest, 0);
	ck_assert_uint_eq(forest.row_count, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_str_eq(name_of(&forest, i), names[i]);
		ck_assert_uint_eq(forest.rows[i].up, ups[i]);
	}
	ck_assert_uint_eq(forest.nodes[nodes[0]].row, 3);
	ck_assert_uint_eq(forest.nodes[nodes[1]].row, 4);
	ck_assert_uint_eq(forest.nodes[nodes[2]].row, 2);
	forest_release(&forest);
}
END_TEST

START_TEST(equal_names_are_stored_once)
{
	char first[] = "same", second[] = "same";
	struct forest forest = {0};

	STACK(one, first);
	STACK(two, second);
	ck_assert_uint_eq(forest_add(&forest, &one.stack, false, 1),
			  forest_add(&forest, &two.stack, false, 1));
	ck_assert_uint_eq(forest_string(&forest, "same"), forest_string(&forest, first));
	forest_release(&forest);
}
END_TEST

START_TEST(names_are_visible_and_of_limited_length)
{
	struct forest forest = {0};
	char *name = malloc(65537);
	uint32_t string;

	for (size_t i = 0; i < 65536; i += 2)
		memcpy(name + i, "\xc3\xbc", 2);
	name[65536] = '\0';
	string = forest_string(&forest, name);
	ck_assert_uint_le(strlen(forest_text(&forest, string)), 2000);
	ck_assert_str_eq(forest_text(&forest, string) + strlen(forest_text(&forest, string)) - 5,
			 "\xc3\xbc...");
	string = forest_string(&forest, "\xff\n\xe2\x80\xae");
	ck_assert_str_eq(forest_text(&forest, string), "\\xff\\n\\u202e");
	free(name);
	forest_release(&forest);
}
END_TEST

START_TEST(without_a_stack_there_is_a_note)
{
	struct model_stack none = {0};
	struct forest forest = {0};
	uint32_t node = forest_add(&forest, &none, false, 1);

	forest_seal(&forest, 0);
	ck_assert_uint_eq(forest.nodes[node].row, 1);
	ck_assert_str_eq(name_of(&forest, 1), "(no call stack)");
	ck_assert_uint_eq(forest_frame(&forest, forest.rows[1].frame)->flags, FOREST_NOTE);
	forest_release(&forest);
}
END_TEST

START_TEST(nothing_is_a_root)
{
	struct forest forest = {0};

	forest_seal(&forest, 0);
	ck_assert_uint_eq(forest.row_count, 1);
	forest_release(&forest);
}
END_TEST

START_TEST(small_subtrees_become_one_row_below_their_parent)
{
	static const char *const names[] = {"", "entry", "large", "(3 smaller sites)"};
	static const uint32_t ups[] = {0, 1, 1, 2};
	struct forest forest = {0};
	uint32_t nodes[4];

	STACK(one, "x", "small", "entry");
	STACK(two, "y", "small", "entry");
	STACK(three, "other", "entry");
	STACK(four, "large", "entry");
	nodes[0] = forest_add(&forest, &one.stack, false, 0.01);
	nodes[1] = forest_add(&forest, &two.stack, false, 0.01);
	nodes[2] = forest_add(&forest, &three.stack, false, 0.01);
	nodes[3] = forest_add(&forest, &four.stack, false, 0.9);
	forest_seal(&forest, 0.05);
	ck_assert_uint_eq(forest.row_count, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(name_of(&forest, i), names[i]);
		ck_assert_uint_eq(forest.rows[i].up, ups[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		ck_assert(forest.nodes[nodes[i]].folded);
		ck_assert_uint_eq(forest.nodes[nodes[i]].row, 3);
	}
	ck_assert(!forest.nodes[nodes[3]].folded);
	/* Unfolded again, all is as it was. */
	forest_seal(&forest, 0);
	ck_assert_uint_eq(forest.row_count, 7);
	ck_assert(!forest.nodes[nodes[0]].folded);
	forest_release(&forest);
}
END_TEST

/* Sites at the leaves of a tree of ten by ten, the later the smaller. */
#define SITES 100

struct world {
	char names[SITES][2][16];
	struct fixture_stack stacks[SITES];
	struct model_site sites[SITES];
	struct column_item items[SITES];
};

static const struct metric two_metrics[] = {{"bytes", "Bytes", true, "blocks"},
					    {"blocks", "Blocks", false, NULL}};

static struct world *make_world(void)
{
	struct world *world = calloc(1, sizeof *world);

	for (unsigned i = 0; i < SITES; i++) {
		const char *functions[] = {world->names[i][0], world->names[i][1], "entry", NULL};

		snprintf(world->names[i][0], sizeof world->names[i][0], "leaf%u", i);
		snprintf(world->names[i][1], sizeof world->names[i][1], "branch%u", i / 10);
		world->sites[i].stack = *fill_stack(&world->stacks[i], functions);
		world->sites[i].api = "malloc";
		world->items[i] = (struct column_item){
			.id = i + 1,
			.site = &world->sites[i],
			.values = {(SITES - i) * (SITES - i) * 100, SITES - i},
		};
	}
	return world;
}

static struct columns columns_of(struct world *world)
{
	return (struct columns){
		.metrics = two_metrics,
		.metric_count = 2,
		.items = world->items,
		.item_count = SITES,
	};
}

/* The sum of a column in the text. */
static uint64_t sum_of(const char *key)
{
	char wanted[40];
	const char *at;
	uint64_t sum = 0;
	char *end;

	snprintf(wanted, sizeof wanted, "\"%s\":[", key);
	at = strstr(text, wanted);
	ck_assert_ptr_nonnull(at);
	at += strlen(wanted);
	while (*at != ']') {
		sum += strtoull(at, &end, 10);
		ck_assert_ptr_ne(at, end);
		at = end + (*end == ',');
	}
	return sum;
}

static void write_columns(const struct columns *columns)
{
	FILE *file = open_text();
	struct json_writer w;

	json_init(&w, file);
	json_object_begin(&w, NULL);
	columns_put(columns, &w);
	json_end(&w);
	json_finish(&w);
	fclose(file);
}

START_TEST(sums_hold_whatever_is_folded)
{
	static const size_t most_rows[] = {SITES, 90, 50, 10, 1, 0};
	struct world *world = make_world();
	struct columns columns = columns_of(world);
	uint64_t bytes = 0, blocks = 0;
	uint32_t folded = 0;

	for (unsigned i = 0; i < SITES; i++) {
		bytes += world->items[i].values[0];
		blocks += world->items[i].values[1];
	}
	for (size_t i = 0; i < sizeof most_rows / sizeof *most_rows; i++) {
		columns_fold(&columns, most_rows[i]);
		ck_assert_uint_le(SITES - columns.folded, most_rows[i]);
		ck_assert_uint_ge(columns.folded, folded);
		folded = columns.folded;
		write_columns(&columns);
		ck_assert_uint_eq(sum_of("bytes"), bytes);
		ck_assert_uint_eq(sum_of("blocks"), blocks);
	}
	ck_assert_uint_eq(folded, SITES);
	ck_assert_uint_eq(columns.row_count, 1);
	columns_release(&columns);
	free(world);
}
END_TEST

START_TEST(what_is_kept_is_not_folded)
{
	struct world *world = make_world();
	struct columns columns = columns_of(world);

	world->items[SITES - 1].keep = true;
	columns_fold(&columns, 0);
	write_columns(&columns);
	assert_has("leaf99");
	assert_has("\"id\":[0,0,100]" /* less the one before */);
	assert_lacks("leaf98");
	ck_assert_uint_eq(columns.folded, SITES - 1);
	columns_release(&columns);
	free(world);
}
END_TEST

START_TEST(equal_sites_are_folded_together)
{
	struct world *world = make_world();
	struct columns columns = columns_of(world);

	for (unsigned i = 0; i < SITES; i++)
		world->items[i].values[0] = world->items[i].values[1] = 1;
	columns_fold(&columns, SITES / 2);
	ck_assert_uint_eq(columns.folded, SITES);
	columns_fold(&columns, SITES);
	ck_assert_uint_eq(columns.folded, 0);
	columns_release(&columns);
	free(world);
}
END_TEST

START_TEST(numbers_beyond_doubles_are_the_nearest)
{
	struct world *world = make_world();
	struct columns columns = columns_of(world);

	columns.item_count = 1;
	world->items[0].values[0] = UINT64_MAX / 4;
	columns_fold(&columns, 1);
	write_columns(&columns);
	assert_has("\"bytes\":[9007199254740992]");
	columns_release(&columns);
	free(world);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("columns");
	Suite *suite = suite_create("html_columns");

	tcase_add_checked_fixture(tcase, NULL, forget_text);
	tcase_add_test(tcase, stacks_share_what_they_have_in_common);
	tcase_add_test(tcase, equal_names_are_stored_once);
	tcase_add_test(tcase, names_are_visible_and_of_limited_length);
	tcase_add_test(tcase, without_a_stack_there_is_a_note);
	tcase_add_test(tcase, nothing_is_a_root);
	tcase_add_test(tcase, small_subtrees_become_one_row_below_their_parent);
	tcase_add_test(tcase, sums_hold_whatever_is_folded);
	tcase_add_test(tcase, what_is_kept_is_not_folded);
	tcase_add_test(tcase, equal_sites_are_folded_together);
	tcase_add_test(tcase, numbers_beyond_doubles_are_the_nearest);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
