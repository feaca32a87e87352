/* SPDX-License-Identifier: MIT */
/*
 * pointers.h - which block a word points to, and whether that counts as its start. Private to graph.c.
 *
 * Three of the rules look at words of the block that is pointed to. Words come in the order of their
 * addresses, so those may be known or not. Of what is known three bits by block are kept, and where
 * further pointers to virtual tables lie in blocks that begin with one; a pointer that these may yet
 * decide waits as an interior one until all words have been seen.
 */
#ifndef TENURE_GRAPH_POINTERS_H
#define TENURE_GRAPH_POINTERS_H

#include "graph.h"

/* A pointer that waits. */
struct pointers_waiting {
	uint32_t edge; /* the caller's name for it */
	uint32_t words; /* from the start of its block to where it points */
};

/* Set blocks and vtables, zero the rest; end with pointers_release. */
struct pointers {
	struct blocks blocks;
	const struct graph_extent *vtables;
	size_t vtable_count;

	uint64_t self_pointers, allocator_pointers; /* that did not count */
	struct pointers_waiting *waiting;
	size_t waiting_count;

	/* Own */
	uint8_t *facts; /* by block, what its first words say */
	uint64_t position; /* words up to this address have been learned from */
	uint64_t first_word; /* of the block that begins at first_address */
	uint64_t first_address;
	uint64_t *bases; /* ascending addresses of words */
	size_t base_count, base_capacity;
	size_t waiting_capacity;
};

void pointers_init(struct pointers *pointers, const struct graph_input *input);

/* A word of a block, or of none (BLOCKS_NONE), in ascending order of addresses. */
void pointers_learn(struct pointers *pointers, uint32_t block, const struct trace_word *word);

/* Whether a word of the block at this address may be a pointer at all. */
bool pointers_count(const struct graph_block *block, uint64_t address);

/*
 * Finds what the value points to; false: to nothing, or it does not count. source: the block that has
 * the word, or BLOCKS_NONE. by_allocator: the word is malloc's own. If the pointer has to wait, edge
 * names it; then pointers_decide tells how it points when all words are known.
 */
bool pointers_target(struct pointers *pointers, uint64_t value, uint32_t source, bool by_allocator,
		     uint32_t edge, graph_target *target);
enum graph_how pointers_decide(const struct pointers *pointers, uint32_t block, uint64_t offset);

void pointers_release(struct pointers *pointers);

static inline graph_target pointers_join(uint32_t block, enum graph_how how)
{
	return block | (uint32_t)how << 29;
}

#endif
