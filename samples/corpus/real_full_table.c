/* SPDX-License-Identifier: MIT */
/*
 * real_full_table.c - a table of neighbours with 256 places, none of which is ever given up.
 *
 * The last place is taken at three quarters of the run; from there on strangers are sent away. It
 * looks like a leak for a long time, and is bounded by intent.
 */
#include "work.h"

enum { PLACES = 256, PACKETS = 14000 };

struct neighbour {
	int address;
	char hardware[80];
};

static struct neighbour *table[PLACES];
static int neighbour_count, refused;

static struct neighbour *meet(int address)
{
	struct neighbour *neighbour = calloc(1, sizeof *neighbour);

	neighbour->address = address;
	return neighbour;
}

static void receive(int address)
{
	for (int i = 0; i < neighbour_count; i++) {
		if (table[i]->address == address)
			return;
	}
	if (neighbour_count < PLACES)
		table[neighbour_count++] = meet(address);
	else
		refused++;
}

int main(void)
{
	for (int packet = 0; packet < PACKETS; packet++) {
		receive((int)(roll(43) > 0 ? roll(20) : 1000 + (uint32_t)packet));
		work_parse();
		work_scratch();
	}

	expect("site=meet allocations=%d live_blocks=%d truth=fine", PLACES, PLACES);
	return refused == 0;
}
