/* SPDX-License-Identifier: MIT */
/*
 * bursts.c - a writer that leaves ten blocks behind whenever it starts a new segment.
 *
 * Nothing happens for 500 iterations, then ten blocks stay, 50 times over. A report should show
 * index_segment as a leak.
 */
#include "work.h"

static void index_segment(void)
{
	for (int i = 0; i < 10; i++) {
		char *index = malloc(64 + 28 * (size_t)i);

		index[0] = (char)i; /* the bug: an index is only released with its segment, never */
	}
}

static void write_record(void)
{
	work_parse();
	if (roll(3) == 0)
		work_defer();
}

int main(void)
{
	for (int record = 1; record <= 25000; record++) {
		write_record();
		if (record % 500 == 0)
			index_segment();
	}
	work_drain();

	expect("site=index_segment allocations=500 live_blocks=500 live_bytes=95000 truth=leak "
	       "verdict=leak|growing");
	expect("live_blocks=500 complete=1");
	return 0;
}
