/* SPDX-License-Identifier: MIT */
/*
 * dominators.h - which one block keeps others alive: the dominator tree of all blocks that a chain
 * from a root leads to, and what each retains, which is what would go with it.
 *
 * A root above all roots dominates everything. All pointers count, those to starts and those inside.
 * Blocks have numbers here, from 1 in the order of a depth-first search from that root, which is 0:
 * a dominator's number is always smaller than what it dominates. Lost blocks have none.
 *
 * The algorithm is SEMI-NCA of L. Georgiadis, "Linear-Time Algorithms for Dominators and Related
 * Problems", Princeton 2005.
 */
#ifndef TENURE_GRAPH_DOMINATORS_H
#define TENURE_GRAPH_DOMINATORS_H

#include "graph.h"

/* Zero-initialise to start; end with dominators_release. */
struct dominators {
	uint32_t count; /* of numbers, that of the root included: at least 1 */
	uint32_t *numbers; /* by block; 0: no root holds it */
	uint32_t *blocks; /* by number; [0] is BLOCKS_NONE */
	uint32_t *idoms; /* by number: that of the immediate dominator; [0] is 0 */
	uint64_t *retained_bytes; /* by number, its own included */
	uint32_t *retained_blocks;

	/* Own */
	uint64_t *weak; /* bits, by number */
};

/* The graph must be finished. While it works, it takes 20 bytes a block that is held and 4 bytes an edge;
 * 24 bytes a block stay. */
void dominators_init(struct dominators *dominators, const struct graph *graph);

/* The block that dominates it immediately; BLOCKS_NONE if only all roots together do, or if it is lost. */
uint32_t dominators_of(const struct dominators *dominators, uint32_t block);

/* Bytes and blocks that are lost if the block is, its own included. 0 if it is lost. */
uint64_t dominators_retained_bytes(const struct dominators *dominators, uint32_t block);
uint32_t dominators_retained_blocks(const struct dominators *dominators, uint32_t block);

/* Whether all chains to it begin with one and the same word, and that is of a weak root. */
bool dominators_is_weak(const struct dominators *dominators, uint32_t block);

void dominators_release(struct dominators *dominators);

#endif
