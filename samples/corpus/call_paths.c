/* SPDX-License-Identifier: MIT */
/*
 * call_paths.c - one function that leaks, reached by ten handlers in two layers: many call stacks.
 *
 * No single stack loses much. A report should show describe_problem as a leak all the same.
 */
#include "work.h"

static int problems;

static void describe_problem(int code)
{
	char *text = malloc(90);

	snprintf(text, 90, "problem %d", code);
	problems++;
}

static void check_request(int code)
{
	work_scratch();
	if (roll(12) == 0)
		describe_problem(code);
}

static void check_twice(int code)
{
	work_parse();
	check_request(code);
	work_table();
}

#define HANDLER(name, call) \
	static void name(int code) \
	{ \
		work_scratch(); \
		call(code); \
	}

HANDLER(handle_get, check_request)
HANDLER(handle_head, check_request)
HANDLER(handle_put, check_twice)
HANDLER(handle_post, check_twice)
HANDLER(handle_delete, check_request)
HANDLER(handle_options, check_request)
HANDLER(handle_patch, check_twice)
HANDLER(handle_trace, check_request)
HANDLER(handle_copy, check_twice)
HANDLER(handle_move, check_twice)

static void (*const handlers[])(int) = {
	handle_get,	handle_head,  handle_put,   handle_post, handle_delete,
	handle_options, handle_patch, handle_trace, handle_copy, handle_move,
};

int main(void)
{
	for (int request = 0; request < 14000; request++)
		handlers[roll(10)](request);

	expect("site=describe_problem allocations=%d live_blocks=%d live_bytes=%d truth=leak "
	       "verdict=leak|growing",
	       problems, problems, 90 * problems);
	expect("live_blocks=%d complete=1", problems);
	return 0;
}
