/* SPDX-License-Identifier: MIT */
/*
 * real_collected_heap.c - an interpreter that marks and sweeps when its heap has doubled.
 *
 * 200 variables keep lists alive, which are cut short now and then. Between two collections the
 * garbage piles up, and so it does at the end.
 */
#include "work.h"

enum { VARIABLES = 200 };

struct value {
	struct value *all, *next;
	int marked;
};

static struct value *all_values, *variables[VARIABLES];
static int value_count, limit = 1500, made;

static struct value *new_value(struct value *next)
{
	struct value *value = malloc(sizeof *value);

	value->all = all_values;
	value->next = next;
	value->marked = 0;
	all_values = value;
	value_count++;
	made++;
	return value;
}

static void collect(void)
{
	for (int i = 0; i < VARIABLES; i++) {
		for (struct value *value = variables[i]; value; value = value->next)
			value->marked = 1;
	}
	for (struct value **link = &all_values; *link;) {
		struct value *value = *link;

		if (value->marked) {
			value->marked = 0;
			link = &value->all;
			continue;
		}
		*link = value->all;
		free(value);
		value_count--;
	}
	limit = value_count < 750 ? 1500 : 2 * value_count;
}

int main(void)
{
	for (int step = 0; step < 18000; step++) {
		struct value **variable = &variables[roll(VARIABLES)];

		*variable = roll(6) == 0 ? NULL : new_value(*variable);
		if (value_count >= limit)
			collect();
		work_scratch();
		if (step % 2 == 0)
			work_table();
	}

	expect("site=new_value allocations=%d live_blocks=%d truth=fine", made, value_count);
	return 0;
}
