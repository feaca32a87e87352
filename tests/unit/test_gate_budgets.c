/* SPDX-License-Identifier: MIT */
/* What a gate allows: budgets, as they are written and as they count. */
#define _GNU_SOURCE
#include <check.h>

#include "gate_processes.h"
#include "suite.h"

static const struct {
	enum budget_unit unit;
	uint64_t limit;
	enum gate_state state;
} leaked[] = {
	{BUDGET_BYTES, 90, GATE_WITHIN}, {BUDGET_BYTES, 89, GATE_NEW},
	{BUDGET_COUNT, 10, GATE_WITHIN}, {BUDGET_COUNT, 9, GATE_NEW},
	{BUDGET_BYTES, 0, GATE_NEW},
};

START_TEST(test_a_budget_of_leaked_memory)
{
	fixture.options.budgets.leaked = (struct budget){leaked[_i].unit, leaked[_i].limit};
	ck_assert_int_eq(only_finding(gate_of_leak(10, 90))->state, leaked[_i].state);
}
END_TEST

/* The budget is for all sites of a process together, and what is known does not count in it. */
START_TEST(test_a_budget_is_for_the_sum)
{
	struct process *p = process("/project/build/server");
	const struct model_gate *gate;

	known("leak v1:0000000000000003 9 blocks 9000 bytes server: x\n");
	fixture.options.budgets.leaked = (struct budget){BUDGET_BYTES, 100};
	fixture_open();
	site(p, VERDICT_LEAK, "lose", 1, 1, 60);
	site(p, VERDICT_LEAK, "drop", 2, 1, 60);
	site(p, VERDICT_LEAK, "old", 3, 9, 9000);
	add(p);
	gate = conclude();
	ck_assert_uint_eq(gate->counts[GATE_NEW], 2);
	ck_assert_uint_eq(gate->counts[GATE_KNOWN], 1);
}
END_TEST

START_TEST(test_a_budget_of_growth)
{
	for (int over = 0; over < 2; over++) {
		struct process *p;
		struct model_site *s;

		fixture_begin();
		p = process("/project/build/server");
		fixture.options.budgets.growth = (struct budget){BUDGET_BYTES, 1000};
		fixture_open();
		s = site(p, VERDICT_GROWING, "grow", 1, 10, 90);
		s->growth.known = true;
		s->growth.bytes_per_s = over ? 1001 : 1000;
		add(p);
		ck_assert_int_eq(only_finding(conclude())->state, over ? GATE_NEW : GATE_WITHIN);
		if (!over)
			fixture_end();
	}
}
END_TEST

static const struct {
	enum gate_rule rule;
	struct budget budget;
	uint64_t value; /* 0: within it */
} budgets[] = {
	{GATE_PEAK, {BUDGET_BYTES, 4999}, 5000},
	{GATE_PEAK, {BUDGET_BYTES, 5000}, 0},
	{GATE_ALLOCATIONS, {BUDGET_COUNT, 999}, 1000},
	{GATE_ALLOCATIONS, {BUDGET_COUNT, 1000}, 0},
	{GATE_TEMPORARY, {BUDGET_PERCENT, 29}, 30},
	{GATE_TEMPORARY, {BUDGET_PERCENT, 30}, 0},
	{GATE_TEMPORARY, {BUDGET_COUNT, 299}, 300},
	{GATE_FRAGMENTATION, {BUDGET_PERCENT, 24}, 25},
	{GATE_FRAGMENTATION, {BUDGET_PERCENT, 25}, 0},
	{GATE_FRAGMENTATION, {BUDGET_BYTES, 1023}, 1024},
};

START_TEST(test_budgets_of_a_process)
{
	struct process *p = process("/project/build/server");
	const struct model_gate *gate;

	*(struct budget *)budgets_of(&fixture.options.budgets,
				     budgets[_i].rule) = budgets[_i].budget;
	fixture_open();
	p->model.run.peak_bytes = 5000;
	p->model.run.temporary = 300;
	p->model.fragmentation.known = true;
	p->model.fragmentation.pages_end = (struct model_pages){.occupied = 1,
								.pinned_bytes = 1024};
	add(p);
	gate = conclude();
	ck_assert_uint_eq(gate->finding_count, budgets[_i].value != 0);
	ck_assert_int_eq(gate->verdict, budgets[_i].value ? GATE_FAILS : GATE_CLEAN);
	if (budgets[_i].value) {
		ck_assert_uint_eq(gate->findings[0].value, budgets[_i].value);
		ck_assert_uint_eq(gate->findings[0].limit, budgets[_i].budget.limit);
	}
}
END_TEST

static const struct {
	const char *text;
	bool fits;
	enum budget_unit unit;
	uint64_t limit;
} leaked_texts[] = {
	{"0", true, BUDGET_BYTES, 0},
	{"64K", true, BUDGET_BYTES, 65536},
	{"10n", true, BUDGET_COUNT, 10},
	{"n", false, 0, 0},
	{"-1", false, 0, 0},
	{"10%", false, 0, 0},
	{"", false, 0, 0},
	{"1.5n", false, 0, 0},
};

START_TEST(test_budgets_of_leaks_are_parsed)
{
	struct budget budget;

	ck_assert(budgets_parse_leaked(leaked_texts[_i].text, &budget) == leaked_texts[_i].fits);
	if (leaked_texts[_i].fits) {
		ck_assert_int_eq(budget.unit, leaked_texts[_i].unit);
		ck_assert_uint_eq(budget.limit, leaked_texts[_i].limit);
	}
}
END_TEST

START_TEST(test_budgets_of_growth_are_parsed)
{
	struct budget budget;

	ck_assert(budgets_parse_growth("500", &budget) && budget.limit == 500);
	ck_assert(budgets_parse_growth("1K/s", &budget) && budget.limit == 1024);
	ck_assert(budgets_parse_growth("6K/m", &budget) && budget.limit == 102);
	ck_assert(budgets_parse_growth("1M/h", &budget) && budget.limit == 291);
	ck_assert(!budgets_parse_growth("1K/", &budget));
	ck_assert(!budgets_parse_growth("1K/w", &budget));
	ck_assert(!budgets_parse_growth("/s", &budget));
	ck_assert(!budgets_parse_growth("1K/s/s", &budget));
	ck_assert(!budgets_parse_growth("11111111111111111111111111111111111111/s", &budget));
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tests = tcase_create(name);

	suite_add_tcase(suite, tests);
	return tests;
}

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

int main(void)
{
	Suite *suite = suite_create("gate_budgets");
	TCase *tests = new_case(suite, "budgets");
	TCase *parsing = new_case(suite, "parsing");

	tcase_add_checked_fixture(tests, fixture_begin, fixture_end);
	tcase_add_loop_test(tests, test_a_budget_of_leaked_memory, 0, COUNT(leaked));
	tcase_add_test(tests, test_a_budget_is_for_the_sum);
	tcase_add_test(tests, test_a_budget_of_growth);
	tcase_add_loop_test(tests, test_budgets_of_a_process, 0, COUNT(budgets));
	tcase_add_loop_test(parsing, test_budgets_of_leaks_are_parsed, 0, COUNT(leaked_texts));
	tcase_add_test(parsing, test_budgets_of_growth_are_parsed);
	return suite_run(suite);
}
