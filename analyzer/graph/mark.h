/* SPDX-License-Identifier: MIT */
/*
 * mark.h - which blocks are lost, in the kinds that memcheck defines (Valgrind manual, "Memory
 * leak detection").
 *
 * Reachable: a chain of pointers to starts leads there from a root. Possible: chains lead there, but
 * each has a pointer into the middle of a block. Lost are the others. Among these, blocks that point
 * to each other in circles are one component; a component that no other lost block points to has
 * been let go of, and one block stands for it as direct, its leader: that with the lowest address.
 * All other lost blocks are indirect. Each belongs to the leader, in the order of addresses, that
 * reaches it first.
 */
#ifndef TENURE_GRAPH_MARK_H
#define TENURE_GRAPH_MARK_H

#include "graph.h"

enum mark_kind { MARK_DIRECT, MARK_INDIRECT, MARK_POSSIBLE, MARK_REACHABLE, MARK_KINDS };

struct mark_sum {
	uint64_t blocks, bytes;
};

/* A leader that holds other blocks. */
struct mark_leader {
	uint32_t block;
	uint32_t indirect_blocks; /* that belong to it; at least 1 */
	uint64_t indirect_bytes;
};

/* Two or more lost blocks, each of which is held by all others. */
struct mark_cycle {
	const uint32_t *members; /* blocks, ascending */
	uint32_t member_count;
	uint64_t bytes;
};

/* Zero-initialise to start; end with mark_release. */
struct mark {
	uint8_t *kinds; /* enum mark_kind by block */
	struct mark_sum sums[MARK_KINDS];
	uint32_t *
		owners; /* by block: the leader it belongs to, itself of leaders; NULL if none lost */
	struct mark_leader *leaders; /* ascending by block: those that hold others */
	uint32_t leader_count;
	struct mark_cycle *cycles; /* the largest ones, most bytes first, then lowest block */
	uint32_t cycle_count;
	uint64_t cycles_in_all;

	/* Own */
	uint32_t *cycle_members;
	size_t leader_capacity;
};

/* At most cycles_max cycles are kept. The graph must be finished. */
void mark_init(struct mark *mark, const struct graph *graph, uint32_t cycles_max);

/* What belongs to a direct block, itself not counted. 0 of all other blocks. */
struct mark_sum mark_owned(const struct mark *mark, uint32_t block);

void mark_release(struct mark *mark);

#endif
