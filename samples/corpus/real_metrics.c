/* SPDX-License-Identifier: MIT */
/*
 * real_metrics.c - metrics: the last 1,000 samples in a ring, and a series for each set of labels.
 *
 * Somebody made the id of the customer a label. There are few customers with much traffic and ever
 * more with little: the series pile up, the samples do not.
 */
#include "work.h"

enum { RING = 1000, BUCKETS = 256, REQUESTS = 12000 };

struct series {
	struct series *next;
	int customer;
	long count;
	char labels[64];
};

static double *ring[RING];
static struct series *buckets[BUCKETS];
static int series_count;

static double *store_sample(int value)
{
	double *sample = malloc(sizeof *sample);

	*sample = value;
	return sample;
}

static struct series *add_series(int customer)
{
	struct series *series = calloc(1, sizeof *series);

	series->customer = customer;
	snprintf(series->labels, sizeof series->labels, "{customer=\"%d\"}", customer);
	series->next = buckets[customer % BUCKETS];
	buckets[customer % BUCKETS] = series;
	series_count++;
	return series;
}

static void count_request(int customer)
{
	struct series *series = buckets[customer % BUCKETS];

	while (series && series->customer != customer)
		series = series->next;
	if (!series)
		series = add_series(customer);
	series->count++;
}

int main(void)
{
	for (int request = 0; request < REQUESTS; request++) {
		free(ring[request % RING]);
		ring[request % RING] = store_sample(request);
		count_request((int)(roll(30) > 0 ? roll(50) : 100 + (uint32_t)request));
		work_parse();
		work_scratch();
	}

	expect("site=add_series allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       series_count, series_count);
	expect("site=store_sample allocations=%d live_blocks=%d truth=fine verdict=cache", REQUESTS,
	       RING);
	return 0;
}
