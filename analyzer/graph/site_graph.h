/* SPDX-License-Identifier: MIT */
/*
 * site_graph.h - the heap graph with all blocks of an allocation site drawn as one: what sites have of
 * each kind, what they retain, and which holds how much of which.
 *
 * After M. Jump and K. McKinley, "Cork: Dynamic Memory Leak Detection for Garbage-Collected
 * Languages", POPL 2007, who contract a heap by types.
 */
#ifndef TENURE_GRAPH_SITE_GRAPH_H
#define TENURE_GRAPH_SITE_GRAPH_H

#include "dominators.h"
#include "graph.h"
#include "mark.h"

struct site_graph_site {
	struct mark_sum kinds[MARK_KINDS];
	/* Dominated by its blocks, these included; each block once. By site_graph_retain. */
	struct mark_sum retained;
};

/* Blocks of one site that some block of another, or another block of the same one, points to. */
struct site_graph_edge {
	uint32_t from, to; /* sites */
	uint64_t blocks, bytes; /* pointed to, each once however many words of `from` do */
};

/* Zero-initialise to start; end with site_graph_release. */
struct site_graph {
	struct site_graph_site *sites; /* by site */
	uint32_t site_count;
	struct site_graph_edge *edges; /* the strongest ones, most bytes first */
	uint32_t edge_count;
	uint64_t edges_in_all;
};

/* All sites of blocks must be below site_count. At most edges_max edges are kept. */
void site_graph_init(struct site_graph *sites, const struct graph *graph, const struct mark *mark,
		     uint32_t site_count, uint32_t edges_max);

/* Fills in what sites retain. Apart from the above, so that the memory which finding edges takes and
 * that of dominators is not needed at one time. */
void site_graph_retain(struct site_graph *sites, const struct graph *graph,
		       const struct dominators *dominators);

void site_graph_release(struct site_graph *sites);

#endif
