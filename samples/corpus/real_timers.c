/* SPDX-License-Identifier: MIT */
/*
 * real_timers.c - a queue of timers, most of them due soon, a few of them in a quarter of the run.
 *
 * Every timer is released when it has fired. Those of long delay pile up to a level which is
 * reached when the first of them are due.
 */
#include "work.h"

enum { MOST = 600, TICKS = 15000 };

struct timer {
	int due;
	char what[40];
};

static struct timer *timers[MOST]; /* a heap, the next one due first */
static int timer_count, armed;

static void swap_timers(int a, int b)
{
	struct timer *timer = timers[a];

	timers[a] = timers[b];
	timers[b] = timer;
}

static void arm_timer(int due)
{
	struct timer *timer = malloc(sizeof *timer);
	int i = timer_count++;

	timer->due = due;
	timers[i] = timer;
	for (; i > 0 && timers[(i - 1) / 2]->due > timers[i]->due; i = (i - 1) / 2)
		swap_timers(i, (i - 1) / 2);
	armed++;
}

static void fire(void)
{
	int i = 0;

	free(timers[0]);
	timers[0] = timers[--timer_count];
	for (;;) {
		int least = i;

		for (int child = 2 * i + 1; child < 2 * i + 3 && child < timer_count; child++) {
			if (timers[child]->due < timers[least]->due)
				least = child;
		}
		if (least == i)
			return;
		swap_timers(i, least);
		i = least;
	}
}

int main(void)
{
	for (int now = 0; now < TICKS; now++) {
		while (timer_count > 0 && timers[0]->due <= now)
			fire();
		if (timer_count < MOST)
			arm_timer(now +
				  (roll(12) == 0 ? 2500 + (int)roll(2500) : 1 + (int)roll(50)));
		work_scratch();
		work_parse();
	}

	expect("site=arm_timer allocations=%d live_blocks=%d truth=fine", armed, timer_count);
	return 0;
}
