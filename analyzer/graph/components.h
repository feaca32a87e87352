/* SPDX-License-Identifier: MIT */
/*
 * components.h - strongly connected components of lost blocks: what holds each other. Private to
 * mark.c.
 *
 * The algorithm is Tarjan's in the form of D. Pearce, "A space-efficient algorithm for finding
 * strongly connected components", Information Processing Letters 116 (2016), which needs one number
 * a block for what else takes two and a bit, on explicit stacks.
 */
#ifndef TENURE_GRAPH_COMPONENTS_H
#define TENURE_GRAPH_COMPONENTS_H

#include "graph.h"

#define COMPONENTS_NONE UINT32_MAX

/* Zero-initialise to start; end with components_release. */
struct components {
	uint32_t *of_block; /* number from 0; COMPONENTS_NONE of blocks that are not wanted */
	uint32_t count; /* what a component points to has a smaller number than itself */
};

/* Of the blocks whose kind is this one, and edges between them. */
void components_init(struct components *components, const struct graph *graph, const uint8_t *kinds,
		     uint8_t kind);

void components_release(struct components *components);

#endif
