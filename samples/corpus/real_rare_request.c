/* SPDX-License-Identifier: MIT */
/*
 * real_rare_request.c - a request in 2,000 is lost, at random, among 60,000.
 *
 * Requests overlap: sixteen are in flight, and which of them is done next is open.
 */
#include "work.h"

enum { IN_FLIGHT = 16, REQUESTS = 60000 };

struct request {
	int id;
	char header[100];
};

static struct request *in_flight[IN_FLIGHT];
static int lost;

static struct request *read_request(int id)
{
	struct request *request = malloc(sizeof *request);

	request->id = id;
	return request;
}

static void finish(struct request *request)
{
	if (request && roll(2000) == 0)
		lost++; /* the bug: a client that asked for a part that is not there */
	else
		free(request);
}

int main(void)
{
	for (int id = 0; id < REQUESTS; id++) {
		struct request **place = &in_flight[roll(IN_FLIGHT)];

		finish(*place);
		*place = read_request(id);
		work_scratch();
	}

	expect("site=read_request allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       REQUESTS, lost + IN_FLIGHT);
	return 0;
}
