/* SPDX-License-Identifier: MIT */
/*
 * real_long_queue.c - messages that are kept for a client to fetch again, for 60 % of the run each.
 *
 * Up to there nothing is released at all; after it, as many as come.
 */
#include "work.h"

enum { MESSAGES = 4000, KEPT = 2400 };

struct message {
	int number;
	char text[100];
};

static struct message *messages[KEPT];

static struct message *receive(int number)
{
	struct message *message = malloc(sizeof *message);

	message->number = number;
	return message;
}

int main(void)
{
	for (int number = 0; number < MESSAGES; number++) {
		free(messages[number % KEPT]);
		messages[number % KEPT] = receive(number);
		for (int i = 0; i < 3; i++) {
			work_scratch();
			work_parse();
		}
	}

	expect("site=receive allocations=%d live_blocks=%d truth=fine", MESSAGES, KEPT);
	return 0;
}
