/* SPDX-License-Identifier: MIT */
/*
 * peak.c - the moment of most memory is not the end: 10 MB here, 1 MB is left.
 *
 * Each site has its share at the peak, which answers "why did it need so much", and at the end,
 * which answers "what is left". A third one was largest at another time and has little share.
 */
#include <stdlib.h>

#include "expect.h"

static void *early[100], *work[90];

static void load_early(void)
{
	for (int i = 0; i < 100; i++)
		early[i] = malloc(50000);
}

static void drop_early(void)
{
	for (int i = 0; i < 80; i++)
		free(early[i]);
}

static void build_up(void)
{
	for (int i = 0; i < 90; i++)
		work[i] = malloc(100000);
}

int main(void)
{
	load_early();
	drop_early();
	build_up();
	for (int i = 0; i < 90; i++)
		free(work[i]);

	expect("site=load_early peak_bytes=1000000 live_bytes=1000000 allocated_bytes=5000000");
	expect("site=build_up peak_bytes=9000000 live_bytes=0 allocated_bytes=9000000");
	expect("peak_bytes=10000000 live_bytes=1000000 live_blocks=20");
	return 0;
}
