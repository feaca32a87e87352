/* SPDX-License-Identifier: MIT */
/*
 * startup_tables.c - tables that are read when the program starts and kept to the end.
 *
 * A report should show both functions as start-up memory.
 */
#include "work.h"

enum { ROUTES = 300 };

static char *routes[ROUTES];
static double *weights;

static void read_routes(void)
{
	for (int i = 0; i < ROUTES; i++) {
		routes[i] = malloc(40 + (size_t)(i % 5) * 8);
		snprintf(routes[i], 40, "/service/%d/*", i);
	}
}

static void compute_weights(void)
{
	weights = calloc(ROUTES, sizeof *weights);
	for (int i = 0; i < ROUTES; i++)
		weights[i] = 1.0 / (1 + i);
}

static int route(int request)
{
	work_parse();
	return routes[request % ROUTES][0] == '/' && weights[request % ROUTES] > 0;
}

int main(void)
{
	int routed = 0;

	read_routes();
	compute_weights();
	for (int request = 0; request < 12000; request++) {
		routed += route(request);
		if (request % 2)
			work_reply();
	}

	expect("site=read_routes allocations=300 live_blocks=300 truth=fine verdict=startup");
	expect("site=compute_weights live_blocks=1 live_bytes=2400 truth=fine verdict=startup");
	expect("live_blocks=301 complete=1");
	return routed != 12000;
}
