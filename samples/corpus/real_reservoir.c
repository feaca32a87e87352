/* SPDX-License-Identifier: MIT */
/*
 * real_reservoir.c - a fair sample of 250 of all requests, however many there will be.
 *
 * The first 250 are taken; the n-th after that takes a random place with probability 250/n, so that
 * ever fewer are replaced. Those that are not taken are released at once.
 */
#include "work.h"

enum { PLACES = 250, REQUESTS = 14000 };

static char *sample[PLACES];

static char *describe(int request)
{
	char *text = malloc(80);

	snprintf(text, 80, "request %d took %u ms", request, roll(100));
	return text;
}

static void consider(int request)
{
	char *text = describe(request);
	uint32_t place = request < PLACES ? (uint32_t)request : roll((uint32_t)request + 1);

	if (place >= PLACES) {
		free(text);
		return;
	}
	free(sample[place]);
	sample[place] = text;
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		consider(request);
		work_parse();
		work_reply();
	}

	expect("site=describe allocations=%d live_blocks=%d truth=fine", REQUESTS, PLACES);
	return 0;
}
