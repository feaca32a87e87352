/* SPDX-License-Identifier: MIT */
#include "site_edges.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "large.h"

#define AHEAD 16

/* What blocks of one site hold, by site. */
struct held {
	struct mark_sum *sums;
	uint32_t *sites; /* those that have sums, in no order */
	uint32_t count;
};

/* The strongest edges so far, and as many again that have come since. */
struct best {
	struct site_graph_edge *edges;
	size_t count, max;
	bool full; /* edges[max - 1] was the weakest when last cut: what is weaker is not for here */
};

/* Blocks ordered by site, and by address within each. starts: by site, and one more. */
static uint32_t *order_by_site(const struct graph *graph, uint32_t site_count, uint32_t *starts)
{
	uint32_t *order = large_new(graph->block_count, sizeof *order);

	for (uint32_t i = 0; i < graph->block_count; i++)
		starts[graph->blocks[i].site + 1]++;
	for (uint32_t site = 0; site < site_count; site++)
		starts[site + 1] += starts[site];
	for (uint32_t i = 0; i < graph->block_count; i++)
		order[starts[graph->blocks[i].site]++] = i;
	/* Each has become the next one's. */
	memmove(starts + 1, starts, site_count * sizeof *starts);
	starts[0] = 0;
	return order;
}

static int compare(const void *a, const void *b)
{
	const struct site_graph_edge *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->blocks != y->blocks)
		return x->blocks < y->blocks ? 1 : -1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static void cut(struct best *best)
{
	if (best->count)
		qsort(best->edges, best->count, sizeof *best->edges, compare);
	if (best->count > best->max)
		best->count = best->max;
}

static void keep(struct best *best, const struct site_graph_edge *edge)
{
	if (!best->max || (best->full && compare(edge, &best->edges[best->max - 1]) > 0))
		return;
	best->edges[best->count++] = *edge;
	if (best->count == 2 * best->max) {
		cut(best);
		best->full = true;
	}
}

/* Adds what the block points to. seen: by block, the site that was last found to hold it. */
static void add_held(struct held *held, const struct graph *graph, uint32_t block, uint32_t *seen)
{
	uint32_t site = graph->blocks[block].site;

	for (uint32_t i = graph->edge_start[block]; i < graph->edge_start[block + 1]; i++) {
		uint32_t target = graph_block_of(graph->edges[i]);
		uint32_t to = graph->blocks[target].site;

		if (seen[target] == site)
			continue;
		seen[target] = site;
		if (!held->sums[to].blocks++)
			held->sites[held->count++] = to;
		held->sums[to].bytes += graph->blocks[target].size;
	}
}

/* Three steps that depend on each other, each for another block of the order. */
static void prefetch(const struct graph *graph, const uint32_t *order, uint32_t at, uint32_t *seen)
{
	uint32_t first, end;

	if (at + 3 * AHEAD >= graph->block_count)
		return;
	__builtin_prefetch(&graph->edge_start[order[at + 3 * AHEAD]]);
	__builtin_prefetch(&graph->edges[graph->edge_start[order[at + 2 * AHEAD]]]);
	first = graph->edge_start[order[at + AHEAD]];
	end = graph->edge_start[order[at + AHEAD] + 1];
	for (uint32_t i = first; i < end && i < first + AHEAD; i++) {
		__builtin_prefetch(&seen[graph_block_of(graph->edges[i])], 1);
		__builtin_prefetch(&graph->blocks[graph_block_of(graph->edges[i])]);
	}
}

static void keep_held(struct held *held, uint32_t from, struct best *best)
{
	for (uint32_t i = 0; i < held->count; i++) {
		struct mark_sum *sum = &held->sums[held->sites[i]];

		keep(best, &(struct site_graph_edge){.from = from,
						     .to = held->sites[i],
						     .blocks = sum->blocks,
						     .bytes = sum->bytes});
		*sum = (struct mark_sum){0};
	}
	held->count = 0;
}

/*
 * One holding site after the other, so that sums for one of them are all that there is at a time:
 * pairs of sites may be as many as edges.
 */
void site_edges_find(struct site_graph *sites, const struct graph *graph, uint32_t edges_max)
{
	uint32_t *starts = xcalloc((size_t)sites->site_count + 2, sizeof *starts);
	uint32_t *order = order_by_site(graph, sites->site_count, starts);
	uint32_t *seen = large_new(graph->block_count, sizeof *seen);
	struct held held = {
		.sums = xcalloc(sites->site_count, sizeof *held.sums),
		.sites = xcalloc(sites->site_count, sizeof *held.sites),
	};
	struct best best = {
		.edges = xcalloc(2 * (size_t)edges_max, sizeof *best.edges),
		.max = edges_max,
	};

	memset(seen, 0xff, graph->block_count * sizeof *seen);
	for (uint32_t from = 0; from < sites->site_count; from++) {
		for (uint32_t i = starts[from]; i < starts[from + 1]; i++) {
			prefetch(graph, order, i, seen);
			add_held(&held, graph, order[i], seen);
		}
		sites->edges_in_all += held.count;
		keep_held(&held, from, &best);
	}
	cut(&best);
	sites->edges = best.edges;
	sites->edge_count = (uint32_t)best.count;
	free(held.sums);
	free(held.sites);
	free(seen);
	free(order);
	free(starts);
}
