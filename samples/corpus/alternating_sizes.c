/* SPDX-License-Identifier: MIT */
/*
 * alternating_sizes.c - small and large blocks in turns, of which first the large ones go.
 *
 * The next round asks for blocks a little larger than the holes. 30 rounds; the small ones go at
 * the end of their round. Fragmentation, and no leak.
 */
#include "work.h"

enum { PAIRS = 300 };

static char *small[PAIRS], *large[PAIRS];

static char *take_small(void)
{
	return calloc(1, 24);
}

static char *take_large(size_t size)
{
	char *block = malloc(size);

	block[0] = 'l';
	return block;
}

static void run_round(int number)
{
	for (int i = 0; i < PAIRS; i++) {
		large[i] = take_large(1000 + 40 * (size_t)(number % 10));
		small[i] = take_small();
	}
	for (int i = 0; i < PAIRS; i++)
		free(large[i]);
	for (int i = 0; i < PAIRS; i++)
		work_parse();
	for (int i = 0; i < PAIRS; i++)
		free(small[i]);
}

int main(void)
{
	for (int number = 0; number < 30; number++)
		run_round(number);

	expect("site=take_small allocations=9000 live_blocks=0 truth=fine verdict=balanced");
	expect("site=take_large allocations=9000 live_blocks=0 truth=fine verdict=balanced");
	expect("live_blocks=0 complete=1");
	return 0;
}
