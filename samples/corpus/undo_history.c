/* SPDX-License-Identifier: MIT */
/*
 * undo_history.c - the last 100 steps can be undone; undoing and doing again come in bursts.
 *
 * Full at a tenth of the run. Steps are dropped at the far end when there are too many, and at the
 * near end when something else is done after an undo. A report should not show new_step as growing.
 */
#include "work.h"

enum { MOST = 100 };

static char *steps[MOST];
static int step_count, made;

static char *new_step(int number)
{
	char *step = malloc(40 + roll(500));

	step[0] = (char)number;
	made++;
	return step;
}

static void do_step(int number)
{
	if (step_count == MOST) {
		free(steps[0]);
		memmove(steps, steps + 1, (MOST - 1) * sizeof steps[0]);
		step_count--;
	}
	steps[step_count++] = new_step(number);
}

static void undo(int count)
{
	while (count-- > 0 && step_count > 0)
		free(steps[--step_count]);
}

int main(void)
{
	for (int event = 0; event < 9000; event++) {
		if (event % 4 == 0)
			do_step(event);
		if (roll(200) == 0)
			undo(1 + (int)roll(30));
		work_scratch();
		work_table();
	}

	expect("site=new_step allocations=%d live_blocks=%d truth=fine", made, step_count);
	expect("live_blocks=%d complete=1", step_count);
	return 0;
}
