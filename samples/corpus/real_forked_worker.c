/* SPDX-License-Identifier: MIT */
/*
 * real_forked_worker.c - a parent that starts two workers by fork(), each of which leaks.
 *
 * The parent gathers jobs, in memory that both children inherit and never touch. A child forgets
 * the reply of one job in ten.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "work.h"

enum { JOBS = 500, REPLIES = 5000 };

static char *jobs[JOBS];
static int lost;

static char *queue_job(int number)
{
	char *job = malloc(64);

	job[0] = (char)number;
	return job;
}

static char *make_reply(int number)
{
	size_t size = 60 + roll(200);

	return memset(malloc(size), number, size);
}

static void serve(int number)
{
	char *reply = make_reply(number);

	work_parse();
	if (roll(10) == 0)
		lost++; /* the bug: a reply that nobody waits for is not sent, and not released */
	else
		free(reply);
}

static void run_worker(void)
{
	for (int i = 0; i < REPLIES; i++)
		serve(i);
	expect("site=make_reply allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       REPLIES, lost);
	exit(0);
}

int main(void)
{
	for (int i = 0; i < JOBS; i++)
		jobs[i] = queue_job(i);
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();

		if (child == 0)
			run_worker();
		waitpid(child, NULL, 0);
	}
	for (int i = 0; i < JOBS; i++)
		free(jobs[i]);

	expect("site=queue_job allocations=%d live_blocks=0 truth=fine", JOBS);
	return 0;
}
