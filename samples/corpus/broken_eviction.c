/* SPDX-License-Identifier: MIT */
/*
 * broken_eviction.c - a cache with a bound whose eviction releases the entry and not its page.
 *
 * The entries fill up and are then replaced, as they should. The pages pile up behind them: a
 * report should show load_page as a leak and new_entry as a cache.
 */
#include "work.h"

enum { BOUND = 300 };

struct entry {
	int key;
	char *page;
};

static struct entry *entries[BOUND];
static int loads;

static char *load_page(int key)
{
	char *page = malloc(700 + roll(300));

	page[0] = (char)key;
	loads++;
	return page;
}

static struct entry *new_entry(int key)
{
	struct entry *entry = malloc(sizeof *entry);

	entry->key = key;
	entry->page = load_page(key);
	return entry;
}

static void look_up(int key)
{
	struct entry **place = &entries[key % BOUND];

	if (*place && (*place)->key == key)
		return;
	free(*place); /* the bug: the page goes with it */
	*place = new_entry(key);
}

int main(void)
{
	for (int request = 0; request < 9000; request++) {
		look_up(request / 3 + (int)roll(100));
		work_parse();
		work_table();
	}

	expect("site=load_page allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       loads, loads);
	expect("site=new_entry allocations=%d live_blocks=%d truth=fine verdict=cache", loads,
	       BOUND);
	return 0;
}
