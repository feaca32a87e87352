/* SPDX-License-Identifier: MIT */
/*
 * leak.c - the first program to try: some memory is lost, some is kept, some is given back.
 *
 *	tenure run -- build/samples/leak
 *	tenure report leak.*.tenure
 *
 * The report names the three functions that never release what they asked for, with the line of
 * each call. It also shows forget_and_refill once for each of its two calls: a site is a call
 * stack, so the same function on two lines is two sites.
 */
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static char *settings; /* reachable to the end, yet nobody frees it */

static void read_settings(void)
{
	settings = malloc(4000);
	memset(settings, 0, 4000);
}

static void forget_and_refill(void)
{
	char *line = malloc(100);

	line[0] = 'a';
	line = malloc(200); /* the first block has no owner from here on */
	line[0] = 'b';
}

static void *duplicate(const char *text)
{
	char *copy = malloc(strlen(text) + 1);

	return strcpy(copy, text);
}

static void release_all(void)
{
	for (int i = 0; i < 50; i++)
		free(duplicate("given back"));
}

static void lose_one_name_in_ten(void)
{
	for (int i = 0; i < 100; i++) {
		char *name = duplicate("somebody");

		if (i % 10 != 0) /* the bug: an early exit from the loop body forgets the free */
			free(name);
	}
}

int main(void)
{
	read_settings();
	forget_and_refill();
	release_all();
	lose_one_name_in_ten();

	expect("site=read_settings line=21 live_blocks=1 live_bytes=4000");
	expect("site=forget_and_refill line=27 live_blocks=1 live_bytes=100");
	expect("site=forget_and_refill line=30 live_blocks=1 live_bytes=200");
	expect("site=duplicate line=36 allocations=150 allocated_bytes=1450 live_blocks=10 "
	       "live_bytes=90 temporary=140");
	expect("allocations=153 frees=140 allocated_bytes=5750 live_blocks=13 live_bytes=4390");
	expect("failed_allocations=0 lost_events=0 threads=1 complete=1");
	return 0;
}
