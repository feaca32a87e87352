/* SPDX-License-Identifier: MIT */
/*
 * site_edges.h - which allocation site holds how much of which. Private to site_graph.c.
 */
#ifndef TENURE_GRAPH_SITE_EDGES_H
#define TENURE_GRAPH_SITE_EDGES_H

#include "site_graph.h"

/* Fills in the edges of the graph of sites. */
void site_edges_find(struct site_graph *sites, const struct graph *graph, uint32_t edges_max);

#endif
