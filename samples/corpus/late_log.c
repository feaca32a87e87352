/* SPDX-License-Identifier: MIT */
/*
 * late_log.c - each line of the log is released when the next one comes.
 *
 * At any time one line is live, the last one at the end. A report should show no growth.
 */
#include "work.h"

static char *last_line;

static char *format_line(int number)
{
	char *line = malloc(60 + roll(60));

	snprintf(line, 60, "%d: something happened", number);
	return line;
}

static void log_line(int number)
{
	char *line = format_line(number);

	free(last_line);
	last_line = line;
}

int main(void)
{
	for (int number = 0; number < 20000; number++) {
		log_line(number);
		if (number % 2 == 0)
			work_parse();
		if (number % 9 == 0)
			work_document(3);
	}

	expect("site=format_line allocations=20000 live_blocks=1 temporary=0 truth=fine");
	expect("live_blocks=1 complete=1");
	return 0;
}
