/* SPDX-License-Identifier: MIT */
/*
 * real_log_rotation.c - a log in memory that is put aside when it is full, with the last three
 * kept.
 *
 * Lines are of all lengths, so that it is full at irregular times, 14 or 15 times in the run.
 */
#include "work.h"

enum { KEPT = 3, FULL = 64000 };

struct log {
	size_t used;
	char text[FULL];
};

static struct log *current, *old[KEPT];
static int opened;

static struct log *open_log(void)
{
	struct log *log = malloc(sizeof *log);

	log->used = 0;
	opened++;
	return log;
}

static void rotate(void)
{
	free(old[KEPT - 1]);
	memmove(old + 1, old, (KEPT - 1) * sizeof old[0]);
	old[0] = current;
	current = open_log();
}

static void write_line(size_t length)
{
	if (current->used + length > FULL)
		rotate();
	memset(current->text + current->used, 'l', length);
	current->used += length;
}

int main(void)
{
	current = open_log();
	for (int request = 0; request < 9000; request++) {
		write_line(10 + roll(roll(400) + 1));
		work_parse();
		work_table();
	}

	expect("site=open_log allocations=%d live_blocks=%d truth=fine", opened,
	       opened < KEPT + 1 ? opened : KEPT + 1);
	return 0;
}
