/* SPDX-License-Identifier: MIT */
/*
 * Stacks of Python, read from interpreters of every known layout that are made of plain memory:
 * frames, code objects and strings lie where CPython has them. What was taken over from the last
 * stack is held against all that was built, after random calls, returns and releases of code.
 */
#include "python_fixture.h"

START_TEST(wandering)
{
	static void (*const steps[])(void) = {call_any, call_any,	call_any,     call_any,
					      leave,	leave,		leave,	      leave,
					      leave,	resume,		resume,	      move,
					      move,	change_outside, compile_anew, enter_loop};

	use_layout(_i);
	random_state = (uint64_t)_i;
	newest_line = 1000;
	for (unsigned i = 0; i < 6000; i++) {
		steps[random_below(COUNT(steps))]();
		if (i % 2000 == 1999) {
			compare();
			go_to(LIMIT - 3 + random_below(6));
		}
		if (random_below(2))
			compare();
		if (depth > 50)
			go_to(random_below(50));
	}
}
END_TEST

START_TEST(known_depths)
{
	static const unsigned depths[] = {1, 5, 6, LIMIT, LIMIT + 1, 0, LIMIT, FRAMES_MOST, 3};

	use_layout(_i);
	for (unsigned i = 0; i < COUNT(depths); i++) {
		go_to(depths[i]);
		compare();
	}
}
END_TEST

/* The caller alone, but for the 1st, 2nd, 4th ... of its releases. */
static void check_releases(void)
{
	bool wrong = false;
	uint32_t whole = stack_now(&wrong);

	for (unsigned i = 1; i <= 20; i++) {
		uint32_t stack = python_stack_of_release(&thread, state.at, &wrong);
		const struct stack_node *n = &region.nodes[stack];

		ck_assert(!wrong && (stack == whole) == ((i & (i - 1)) == 0));
		if (stack == whole)
			continue;
		ck_assert(((n->frame ^ region.nodes[whole].frame) & ~FRAME_PYTHON_ENTRY) == 0);
		n = &region.nodes[n->parent];
		ck_assert(n->frame == FRAME_CALLER_ONLY && n->parent == 0);
	}
}

START_TEST(releasing_callers)
{
	bool wrong = false;

	use_layout(_i);
	ck_assert(stack_now(&wrong) == 0);
	ck_assert(python_stack_of_release(&thread, state.at, &wrong) == 0);
	call_code(&codes[0], 1);
	call_code(&codes[1], 2);
	check_releases();
	chain[1]->position++;
	write_frame(1);
	check_releases();
	python_codes_released(&codes[1]);
	make_code(&codes[1], 700);
	enter_loop();
	check_releases();
}
END_TEST

START_TEST(links)
{
	uint32_t one = stacks_intern_all(NULL, (uint64_t[]){0x1000}, 1);
	uint32_t two = stacks_intern_all(NULL, (uint64_t[]){0x2000}, 1);
	uint32_t link = python_stack_link(&thread, one, two);

	ck_assert_uint_eq(region.nodes[link].parent, one);
	ck_assert_uint_eq(region.nodes[link].frame, FRAME_PYTHON_LINK << FRAME_ADDRESS_BITS | two);
	ck_assert_uint_eq(python_stack_link(&thread, one, two), link);
	ck_assert_uint_ne(python_stack_link(&thread, two, one), link);
	ck_assert_uint_ne(python_stack_link(&thread, one, one), link);
}
END_TEST

/* An unusual way for a frame to come to lie where a mark was, over the same caller. */
START_TEST(mark_becomes_function)
{
	struct frame *f;

	use_layout(4);
	call_any();
	enter_loop();
	compare();
	f = chain[1];
	leave();
	f->code = &codes[1];
	enter(f);
	compare();
}
END_TEST

static uint32_t third_release(void)
{
	bool wrong = false;
	uint32_t stack = 0;

	stack_now(&wrong);
	for (int i = 0; i < 3; i++)
		stack = python_stack_of_release(&thread, state.at, &wrong);
	return stack;
}

START_TEST(callers_far_apart)
{
	uint32_t first;

	use_layout(_i);
	call_code(&codes[0], 5);
	first = third_release();
	chain[0]->position = 5 + 32768;
	write_frame(0);
	ck_assert_uint_ne(third_release(), first);
}
END_TEST

/* So many that numbers of generations have the same lowest bits. */
START_TEST(caller_of_code_that_is_gone)
{
	uint32_t first;

	use_layout(_i);
	call_code(&codes[0], 0);
	first = third_release();
	leave();
	for (int i = 0; i < 256; i++) {
		number_of(&codes[0]);
		python_codes_released(&codes[0]);
	}
	make_code(&codes[0], 900);
	call_code(&codes[0], 0);
	ck_assert_uint_ne(third_release(), first);
}
END_TEST

START_TEST(wrong_stays_wrong)
{
	use_layout(_i);
	call_any();
	call_code(&other, 1);
	for (int i = 0; i < 3; i++) {
		bool wrong = false;

		ck_assert_uint_eq(stack_now(&wrong), 0);
		ck_assert(wrong);
		wrong = false;
		ck_assert_uint_eq(python_stack_of_release(&thread, state.at, &wrong), 0);
		ck_assert(wrong);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("preload/python");
	TCase *tests = tcase_create("stacks");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_loop_test(tests, wandering, 0, 4 * LAYOUTS);
	tcase_add_loop_test(tests, known_depths, 0, LAYOUTS);
	tcase_add_loop_test(tests, releasing_callers, 0, LAYOUTS);
	tcase_add_test(tests, links);
	tcase_add_test(tests, mark_becomes_function);
	tcase_add_loop_test(tests, callers_far_apart, 0, LAYOUTS);
	tcase_add_loop_test(tests, caller_of_code_that_is_gone, 0, LAYOUTS);
	tcase_add_loop_test(tests, wrong_stays_wrong, 0, LAYOUTS);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
