/* SPDX-License-Identifier: MIT */
/*
 * real_rising_load.c - a service on its first day: ever more users, each for a short visit.
 *
 * There are most visits open at the end, as there is most load at the end. All of them are closed
 * in their time, after 100 to 600 requests.
 */
#include "work.h"

enum { MOST = 1000, REQUESTS = 12000 };

struct visit {
	int ends;
	char cart[200];
};

static struct visit *visits[MOST];
static int visit_count, opened;

static struct visit *open_visit(int ends)
{
	struct visit *visit = malloc(sizeof *visit);

	visit->ends = ends;
	opened++;
	return visit;
}

static void close_ended(int now)
{
	for (int i = 0; i < visit_count;) {
		if (visits[i]->ends > now) {
			i++;
			continue;
		}
		free(visits[i]);
		visits[i] = visits[--visit_count];
	}
}

int main(void)
{
	for (int now = 0; now < REQUESTS; now++) {
		close_ended(now);
		if ((int)roll(REQUESTS) < now)
			visits[visit_count++] = open_visit(now + 100 + (int)roll(500));
		work_parse();
		work_table();
	}

	expect("site=open_visit allocations=%d live_blocks=%d truth=fine", opened, visit_count);
	return 0;
}
