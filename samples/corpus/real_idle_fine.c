/* SPDX-License-Identifier: MIT */
/*
 * real_idle_fine.c - a server that is busy for a while, then idle but for a tick now and then.
 *
 * Its users come and go while it is busy, and those that are there stay logged in. The cache of
 * pages is full at half of the busy time. The counters of the last tick are released by the next.
 */
#include <unistd.h>

#include "work.h"

enum { USERS = 300, PAGES = 200 };

static char *users[USERS], *pages[PAGES], *counters;
static int page_count, user_count;

static char *snapshot(int tick)
{
	char *taken = malloc(640);

	memset(taken, tick, 640);
	return taken;
}

static void housekeeping(int tick)
{
	work_scratch();
	free(counters);
	counters = snapshot(tick);
}

static char *log_in(int number)
{
	char *user = malloc(120);

	user[0] = (char)number;
	user_count++;
	return user;
}

static void log_out(char *user)
{
	user_count--;
	free(user);
}

static char *load_page(int number)
{
	char *page = malloc(1000);

	page[0] = (char)number;
	page_count++;
	return page;
}

int main(void)
{
	int ticks = 0;

	for (int request = 1; request <= 8000; request++) {
		uint32_t place = roll(USERS);

		if (request % 2 == 0 && users[place]) {
			log_out(users[place]);
			users[place] = NULL;
		} else if (request % 2 == 0) {
			users[place] = log_in(request);
		}
		if (request % 20 == 0) {
			place = (uint32_t)(request / 20) % PAGES;
			page_count -= pages[place] != NULL;
			free(pages[place]);
			pages[place] = load_page(request);
		}
		work_parse();
		work_reply();
		if (request % 1000 == 0)
			housekeeping(ticks++);
	}
	for (int i = 0; i < 24; i++) {
		usleep(30000);
		housekeeping(ticks++);
	}

	expect("site=snapshot allocations=32 live_blocks=1 truth=fine");
	expect("site=log_in live_blocks=%d truth=fine", user_count);
	expect("site=load_page live_blocks=%d truth=fine", page_count);
	return 0;
}
