/* SPDX-License-Identifier: MIT */
/*
 * compacting_log.c - a log in memory that doubles when full and is compacted at 64 KB.
 *
 * There are a dozen rounds from 4 KB to 64 KB and back. A report should show neither function as
 * growing.
 */
#include "work.h"

enum { SMALLEST = 4096, LARGEST = 65536 };

static char *entries;
static size_t used, capacity;

static void enlarge(void)
{
	capacity = capacity ? 2 * capacity : SMALLEST;
	entries = realloc(entries, capacity);
}

static void compact(void)
{
	char *compacted = malloc(SMALLEST);

	used = SMALLEST / 3; /* what is still valid */
	memcpy(compacted, entries, used);
	free(entries);
	entries = compacted;
	capacity = SMALLEST;
}

static void append(int number)
{
	size_t length = 40 + roll(100);

	if (used + length > capacity) {
		if (capacity < LARGEST)
			enlarge();
		else
			compact();
	}
	memset(entries + used, number & 0x7f, length);
	used += length;
}

int main(void)
{
	for (int number = 0; number < 9000; number++) {
		append(number);
		work_parse();
		work_defer();
	}
	work_drain();

	expect("site=enlarge truth=fine");
	expect("site=compact truth=fine");
	expect("live_blocks=1 complete=1");
	return 0;
}
