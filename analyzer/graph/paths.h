/* SPDX-License-Identifier: MIT */
/*
 * paths.h - why a block is still there: for each one short chain from a root.
 *
 * Of chains to a block, the first of these is taken that there are, and of them the shortest: such as
 * have only pointers to starts, from a root that is not weak; such from a weak one; all others. The
 * last may begin with a chain of the former, which is then the one that is taken for the block there.
 * Lost blocks have a chain from the nearest direct one, without a root.
 */
#ifndef TENURE_GRAPH_PATHS_H
#define TENURE_GRAPH_PATHS_H

#include "graph.h"
#include "mark.h"

struct paths_place;

/* Zero-initialise to start; end with paths_release. The graph must outlive it. */
struct paths {
	const struct graph *graph;
	uint32_t *
		root_edges; /* by block: the root edge that its chain begins with, or BLOCKS_NONE */

	/* Own */
	struct paths_place *places; /* by block */
};

/* A block of a chain, and its word that points to the next one. */
struct paths_step {
	uint32_t block;
	uint64_t offset; /* bytes from its start; 0 of the last block, which points nowhere */
	enum graph_how how; /* what is before it points to it; GRAPH_START of leaders */
};

void paths_init(struct paths *paths, const struct graph *graph, const struct mark *mark);

/* Blocks in the chain to this one, itself included. At least 1. */
uint32_t paths_length(const struct paths *paths, uint32_t block);

/*
 * The chain, from the root on. If it is longer than max, which must be at least 2, its last max - 1
 * steps are behind its first. Returns how many steps there are; *root is the word that it begins with,
 * NULL of lost blocks.
 */
uint32_t paths_get(const struct paths *paths, uint32_t block, struct paths_step *steps,
		   uint32_t max, const struct graph_root_edge **root);

void paths_release(struct paths *paths);

#endif
