/* SPDX-License-Identifier: MIT */
/*
 * lru_third.c - a cache that fills to its bound in the first third of the run, then replaces.
 *
 * The least recently used entry makes way for each new one. Nothing is released at the end. A
 * report should call new_entry a cache.
 */
#include "work.h"

enum { BOUND = 512, REQUESTS = 9300 };

struct entry {
	struct entry *newer, *older;
	int key;
	char value[72];
};

static struct entry list = {.newer = &list, .older = &list}; /* list.older is the newest */
static int entry_count;

static struct entry *new_entry(int key)
{
	struct entry *entry = malloc(sizeof *entry);

	entry->key = key;
	entry_count++;
	return entry;
}

static void unlink_entry(struct entry *entry)
{
	entry->newer->older = entry->older;
	entry->older->newer = entry->newer;
}

static void put_first(struct entry *entry)
{
	entry->newer = &list;
	entry->older = list.older;
	list.older->newer = entry;
	list.older = entry;
}

static void look_up(int key)
{
	struct entry *entry = list.older;

	while (entry != &list && entry->key != key)
		entry = entry->older;
	if (entry == &list) {
		entry = new_entry(key);
	} else {
		unlink_entry(entry);
	}
	put_first(entry);
	if (entry_count > BOUND) {
		struct entry *oldest = list.newer;

		unlink_entry(oldest);
		free(oldest);
		entry_count--;
	}
}

int main(void)
{
	int newest_key = 0;

	for (int request = 0; request < REQUESTS; request++) {
		int is_new = request % 6 == 0;

		newest_key += is_new;
		look_up(is_new ? newest_key
			       : newest_key - (int)roll((newest_key < 40 ? newest_key : 40)));
		work_parse();
		work_reply();
	}

	expect("site=new_entry allocations=%d live_blocks=%d truth=fine verdict=cache",
	       REQUESTS / 6, BOUND);
	expect("live_blocks=%d complete=1", BOUND);
	return 0;
}
