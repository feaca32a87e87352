/* SPDX-License-Identifier: MIT */
/*
 * preorder.h - blocks that roots hold, numbered in the order of a depth-first search, and who points to
 * each. Private to dominators.c.
 *
 * Number 0 is the root above all roots. Predecessors of a number lie together, and those of the next
 * behind them: an algorithm that goes by numbers reads them in one stream.
 */
#ifndef TENURE_GRAPH_PREORDER_H
#define TENURE_GRAPH_PREORDER_H

#include "graph.h"

/* Zero-initialise to start; end with preorder_release. Any member may be taken over and set to NULL. */
struct preorder {
	uint32_t count; /* of numbers, 0 included */
	uint32_t *numbers; /* by block; 0: not held */
	uint32_t *blocks; /* by number; [0] is BLOCKS_NONE */
	uint32_t *parents; /* by number, in the tree of the search */
	uint32_t *spare; /* as long as these; what is in there means nothing */
	uint32_t *predecessor_start; /* by number, and one more */
	uint32_t *predecessors; /* numbers; roots are left out */
};

void preorder_init(struct preorder *preorder, const struct graph *graph);

void preorder_release(struct preorder *preorder);

#endif
