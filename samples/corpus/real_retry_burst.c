/* SPDX-License-Identifier: MIT */
/*
 * real_retry_burst.c - a client that forgets the failed request when it builds another to retry.
 *
 * Nothing fails but during one outage, from 40 % to 52 % of the run. What is lost there is lost for
 * good, and the next outage will lose as much: its owner would fix build_request's caller.
 */
#include "work.h"

enum { CALLS = 12000, OUTAGE_BEGINS = 4800, OUTAGE_ENDS = 6240 };

static int built, lost;

static char *build_request(int call)
{
	size_t size = 80 + roll(200);
	char *request = malloc(size);

	memset(request, call, size);
	built++;
	return request;
}

static int send_request(int call)
{
	work_reply();
	return call < OUTAGE_BEGINS || call >= OUTAGE_ENDS || roll(2) == 0;
}

static void call_service(int call)
{
	char *request = build_request(call);

	for (int tries = 0; !send_request(call) && tries < 3; tries++) {
		work_scratch();
		lost++;
		request = build_request(call); /* the bug: of the first, nobody knows any more */
	}
	free(request);
}

int main(void)
{
	for (int call = 0; call < CALLS; call++) {
		call_service(call);
		work_parse();
	}

	expect("site=build_request allocations=%d live_blocks=%d truth=leak", built, lost);
	return 0;
}
