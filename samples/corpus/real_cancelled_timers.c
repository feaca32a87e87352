/* SPDX-License-Identifier: MIT */
/*
 * real_cancelled_timers.c - time limits of requests: those that run out are released, and so are
 * those that are cancelled, but for those cancelled in the very tick in which they run out.
 *
 * That is one in 50.
 */
#include "work.h"

enum { PENDING = 100 };

struct timer {
	int due;
	char what[56];
};

static struct timer *pending[PENDING];
static int armed, lost;

static struct timer *arm_timer(int due)
{
	struct timer *timer = calloc(1, sizeof *timer);

	timer->due = due;
	armed++;
	return timer;
}

static void cancel(struct timer *timer, int now)
{
	if (timer->due == now) {
		lost++; /* the bug: believes that firing it is under way, and will release it */
		return;
	}
	free(timer);
}

static void run_out(int now)
{
	for (int i = 0; i < PENDING; i++) {
		if (pending[i] && pending[i]->due < now) {
			free(pending[i]);
			pending[i] = NULL;
		}
	}
}

int main(void)
{
	int live = 0;

	for (int now = 0; now < 12000; now++) {
		int i = (int)roll(PENDING);

		run_out(now);
		if (pending[i])
			cancel(pending[i], now);
		pending[i] = arm_timer(now + 1 + (int)roll(60));
		work_scratch();
		work_reply();
	}
	for (int i = 0; i < PENDING; i++)
		live += pending[i] != NULL;

	expect("site=arm_timer allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       armed, live + lost);
	return 0;
}
