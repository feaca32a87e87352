/* SPDX-License-Identifier: MIT */
/*
 * real_first_errors.c - messages, of which the first 200 errors are kept for the report at the end.
 *
 * One message in 25 is an error. There are 200 at about 40 % of the run; what comes after is
 * counted and released, like all the other messages.
 */
#include "work.h"

enum { KEPT = 200, MESSAGES = 13000 };

struct message {
	int is_error;
	char text[100];
};

static struct message *errors[KEPT];
static int error_count;

static struct message *receive(void)
{
	struct message *message = calloc(1, sizeof *message);

	message->is_error = roll(25) == 0;
	return message;
}

int main(void)
{
	for (int i = 0; i < MESSAGES; i++) {
		struct message *message = receive();

		work_parse();
		work_scratch();
		if (message->is_error && error_count < KEPT)
			errors[error_count++] = message;
		else
			free(message);
	}

	expect("site=receive allocations=%d live_blocks=%d truth=fine", MESSAGES, error_count);
	return 0;
}
