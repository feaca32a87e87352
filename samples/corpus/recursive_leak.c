/* SPDX-License-Identifier: MIT */
/*
 * recursive_leak.c - an evaluator of nested expressions that loses the operand of each negation.
 *
 * Depth varies, so that the leak is spread over as many call stacks as there are depths. A report
 * should show new_value as a leak.
 */
#include "work.h"

static int negations, values;

static int *new_value(int number)
{
	int *value = malloc(40);

	*value = number;
	values++;
	return value;
}

static int *evaluate(int depth)
{
	int *left, *right, *result;

	if (depth == 0)
		return new_value((int)roll(100));
	left = evaluate(depth - 1);
	if (roll(40) == 0) {
		negations++;
		return new_value(-*left); /* the bug: left is lost */
	}
	right = new_value(depth);
	result = new_value(*left + *right);
	free(left);
	free(right);
	return result;
}

int main(void)
{
	for (int expression = 0; expression < 5000; expression++) {
		free(evaluate(1 + (int)roll(8)));
		work_scratch();
		work_parse();
	}

	expect("site=new_value allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       values, negations);
	expect("live_blocks=%d complete=1", negations);
	return 0;
}
