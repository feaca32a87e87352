/* SPDX-License-Identifier: MIT */
/*
 * error_path.c - a receiver that forgets the body of a message whose checksum is wrong.
 *
 * One message in a hundred is. A report should show read_body as a leak, of which 99 % is released
 * at once, and read_header, which is released on every path, as balanced.
 */
#include "work.h"

static int errors;

static char *read_header(void)
{
	return calloc(1, 48);
}

static char *read_body(void)
{
	return calloc(1, 120 + roll(400));
}

static int receive(void)
{
	char *header = read_header();
	char *body = read_body();

	work_table();
	if (roll(100) == 0) {
		free(header);
		errors++;
		return -1; /* the bug: the body stays */
	}
	work_scratch();
	free(body);
	free(header);
	return 0;
}

int main(void)
{
	int received = 0;

	for (int message = 0; message < 20000; message++)
		received += receive() == 0;

	expect("site=read_body allocations=20000 live_blocks=%d truth=leak verdict=leak|growing",
	       errors);
	expect("site=read_header allocations=20000 live_blocks=0 truth=fine verdict=balanced");
	expect("live_blocks=%d complete=1", 20000 - received);
	return 0;
}
