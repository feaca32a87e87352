/* SPDX-License-Identifier: MIT */
/*
 * cleanup_at_exit.c - a report that collects its lines during the run and releases them at the end.
 *
 * Looked at while it runs, the list grows. At the end every line is released, by the last thing the
 * program does. A report should say cleaned.
 */
#include "work.h"

struct line {
	struct line *next;
	char text[52];
};

static struct line *lines;

static void add_line(int item)
{
	struct line *line = malloc(sizeof *line);

	snprintf(line->text, sizeof line->text, "item %d was converted", item);
	line->next = lines;
	lines = line;
}

static void print_and_release(void)
{
	while (lines) {
		struct line *next = lines->next;

		free(lines);
		lines = next;
	}
}

int main(void)
{
	for (int item = 0; item < 12000; item++) {
		work_parse();
		work_table();
		if (item % 20 == 0)
			add_line(item);
	}
	print_and_release();

	expect("site=add_line allocations=600 live_blocks=0 truth=fine verdict=cleaned");
	expect("live_blocks=0 complete=1");
	return 0;
}
