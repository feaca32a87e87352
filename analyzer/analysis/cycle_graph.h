/* SPDX-License-Identifier: MIT */
/*
 * cycle_graph.h - one circle as a graph that a reader can take in: at most 8 nodes and 16 edges.
 *
 * A node is a block, or an object of Python with its parts. Of a circle with more of them, those of one
 * site and type are one node. If these are still too many, those are left that a closed walk leads
 * through: of the shortest ones from each node, the longest that has room, or else a part of one.
 */
#ifndef TENURE_CYCLE_GRAPH_H
#define TENURE_CYCLE_GRAPH_H

#include <stdbool.h>

#include "../model.h"
#include "frames.h"
#include "reachability.h"

/* Fills in the graph of a circle, in the arena of the frames. ids: model_site.id by stack id. False: it is
 * none, but one object and what belongs to it. */
bool cycle_graph_draw(struct model_cycle *to, const struct reachability *r,
		      const struct mark_cycle *from, const struct tally *tally, const uint32_t *ids,
		      struct frames *frames);

#endif
