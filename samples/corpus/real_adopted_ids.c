/* SPDX-License-Identifier: MIT */
/*
 * real_adopted_ids.c - a filter of duplicates whose ids are made in one place, and kept if new.
 *
 * Three messages in four are duplicates of one of the last 200, and their id is released at once.
 * The others' ids are kept, for good: there is no end to new ids.
 */
#include "work.h"

enum { BUCKETS = 1024, MESSAGES = 14000 };

struct id {
	struct id *next;
	int number;
	char text[40];
};

static struct id *seen[BUCKETS];
static int seen_count;

static struct id *read_id(int number)
{
	struct id *id = malloc(sizeof *id);

	id->number = number;
	snprintf(id->text, sizeof id->text, "message %d", number);
	return id;
}

static int is_new(int number)
{
	struct id *id = read_id(number);

	for (struct id *old = seen[number % BUCKETS]; old; old = old->next) {
		if (old->number == number) {
			free(id);
			return 0;
		}
	}
	id->next = seen[number % BUCKETS]; /* the bug: the old ones should expire */
	seen[number % BUCKETS] = id;
	seen_count++;
	return 1;
}

int main(void)
{
	int newest = 200;

	for (int i = 0; i < MESSAGES; i++) {
		if (is_new(roll(4) == 0 ? ++newest : newest - (int)roll(200)))
			work_reply();
		work_parse();
		work_scratch();
	}

	expect("site=read_id allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       MESSAGES, seen_count);
	return 0;
}
