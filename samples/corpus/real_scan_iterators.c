/* SPDX-License-Identifier: MIT */
/*
 * real_scan_iterators.c - a store whose iterators are closed after a look-up, and not after a scan.
 *
 * There is a scan of everything nine times in the run. Its iterator has a large buffer: few blocks,
 * much memory.
 */
#include "work.h"

enum { REQUESTS = 11000 };

struct iterator {
	size_t size;
	char buffer[];
};

static int scans;

static struct iterator *open_iterator(size_t size)
{
	struct iterator *iterator = malloc(sizeof *iterator + size);

	iterator->size = size;
	memset(iterator->buffer, 'i', size);
	return iterator;
}

static void close_iterator(struct iterator *iterator)
{
	free(iterator);
}

static void look_up(void)
{
	struct iterator *iterator = open_iterator(256);

	work_scratch();
	close_iterator(iterator);
}

static size_t scan_all(void)
{
	struct iterator *iterator = open_iterator(16000);
	size_t sum = 0;

	scans++;
	for (int i = 0; i < 40; i++) {
		work_parse();
		sum += iterator->size;
	}
	return sum; /* the bug */
}

int main(void)
{
	for (int request = 1; request <= REQUESTS; request++) {
		look_up();
		work_table();
		if (request % 1200 == 0)
			scan_all();
	}

	expect("site=open_iterator allocations=%d live_blocks=%d truth=leak", REQUESTS + scans,
	       scans);
	return 0;
}
