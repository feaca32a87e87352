/* SPDX-License-Identifier: MIT */
/*
 * rare_path.c - requests whose context is released by the code that answers, except for upgrades.
 *
 * Every 1,000th request is an upgrade, which is answered elsewhere: 30 of 30,000 contexts stay.
 * A report should show open_context as a leak, however much of it is released.
 */
#include "work.h"

struct context {
	int request;
	char peer[80];
};

static struct context *open_context(int request)
{
	struct context *context = calloc(1, sizeof *context);

	context->request = request;
	return context;
}

static void answer(struct context *context)
{
	work_scratch();
	free(context);
}

static void upgrade(struct context *context)
{
	work_reply();
	context->peer[0] = 'u'; /* the bug: answer() is not called, and nothing else releases it */
}

int main(void)
{
	for (int request = 1; request <= 30000; request++) {
		struct context *context = open_context(request);

		if (request % 4 == 0)
			work_parse();
		if (request % 1000 == 0)
			upgrade(context);
		else
			answer(context);
	}

	expect("site=open_context allocations=30000 live_blocks=30 live_bytes=%zu truth=leak "
	       "verdict=leak|growing",
	       30 * sizeof(struct context));
	expect("live_blocks=30 complete=1");
	return 0;
}
