/* SPDX-License-Identifier: MIT */
/*
 * slow_consumer.c - a queue that gets a job per tick, and whose consumer gets too slow for it.
 *
 * It keeps up for a third of the run; then it does three jobs in four ticks. Every job would be
 * released in the end, but each waits longer than the one before: memory grows for as long as the
 * program runs. A report should call enqueue growing.
 */
#include "work.h"

struct job {
	struct job *next;
	char payload[180];
};

static struct job *head, **tail = &head;
static int queued;

static void enqueue(void)
{
	struct job *job = calloc(1, sizeof *job);

	*tail = job;
	tail = &job->next;
	queued++;
}

static void finish_one(void)
{
	struct job *job = head;

	head = job->next;
	if (!head)
		tail = &head;
	work_parse();
	free(job);
	queued--;
}

int main(void)
{
	for (int tick = 0; tick < 9000; tick++) {
		enqueue();
		if (tick < 3000 || tick % 4 != 3)
			finish_one();
		work_scratch();
	}

	expect("site=enqueue allocations=9000 live_blocks=%d truth=leak verdict=growing|leak",
	       queued);
	expect("live_blocks=1500 complete=1");
	return 0;
}
