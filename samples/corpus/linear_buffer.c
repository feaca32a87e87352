/* SPDX-License-Identifier: MIT */
/*
 * linear_buffer.c - one block that is made larger by 1 KB whenever it is full, without end.
 *
 * There is never more than one block; its bytes grow all the time. A report should call
 * append_record growing.
 */
#include "work.h"

static char *records;
static size_t used, capacity;

static void append_record(int number)
{
	if (used + 24 > capacity) {
		capacity += 1024;
		records = realloc(records, capacity);
	}
	memset(records + used, number & 0x7f, 24);
	used += 24;
}

int main(void)
{
	for (int number = 0; number < 10000; number++) {
		append_record(number);
		work_parse();
		work_scratch();
	}

	expect("site=append_record live_blocks=1 live_bytes=%zu truth=leak verdict=growing|leak",
	       capacity);
	expect("live_blocks=1 complete=1");
	return 0;
}
