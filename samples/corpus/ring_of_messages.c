/* SPDX-License-Identifier: MIT */
/*
 * ring_of_messages.c - the last 64 messages are kept; each new one takes the place of the oldest.
 *
 * Every message lives for 64 rounds, none is temporary. A report should show a constant 64 blocks
 * and no growth.
 */
#include "work.h"

enum { KEPT = 64 };

static char *ring[KEPT];

static char *new_message(int number)
{
	char *message = malloc(100 + roll(300));

	message[0] = (char)number;
	return message;
}

int main(void)
{
	for (int number = 0; number < 10000; number++) {
		char *message = new_message(number);

		work_scratch();
		work_table();
		free(ring[number % KEPT]);
		ring[number % KEPT] = message;
	}

	expect("site=new_message allocations=10000 live_blocks=64 temporary=0 truth=fine verdict=cache");
	expect("live_blocks=64 complete=1");
	return 0;
}
