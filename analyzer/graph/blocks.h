/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - the live blocks of a heap by address, and which of them an address lies in.
 *
 * A block's id is its index in the list, which ascends by address. Blocks must not overlap; where
 * they do, the one that begins later has the addresses from there on. An index of equal stretches of
 * the address space, "pages" that are as wide as the heap is sparse, names the first block that each
 * may meet, so that a look-up touches one entry of the index and about one line of blocks.
 */
#ifndef TENURE_GRAPH_BLOCKS_H
#define TENURE_GRAPH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An edge keeps a block's id in 29 bits, see graph.h. */
#define BLOCKS_MAX ((1u << 29) - 1)
#define BLOCKS_NONE UINT32_MAX

enum graph_block_flag {
	GRAPH_BLOCK_ARRAY_NEW = 1u << 0, /* from operator new[] */
	GRAPH_BLOCK_RUNTIME = 1u << 1, /* of the loader or the thread library: a root, never lost */
	GRAPH_BLOCK_IGNORED = 1u << 2, /* the program says that it is no leak: a root as well */
	GRAPH_BLOCK_ANYWHERE = 1u << 3, /* who has it points behind a header: to any place inside */
	/* An object of Python. Its collector's links are the first two words or the next two; pointers to
	 * what is in front of the object do not count. */
	GRAPH_BLOCK_OBJECT = 1u << 4, /* it has no links */
	GRAPH_BLOCK_HEAD_FIRST = 1u << 5,
	GRAPH_BLOCK_HEAD_SECOND = 1u << 6,
	GRAPH_BLOCK_OBJECT_DOMAIN = 1u << 7, /* by the allocator of such objects: no other is one */
	/* Of words that are no pointers, whatever they look like: all; those of a string's hash and state; in
	 * front of an instance's attributes, where nobody has cleared what that memory had before. */
	GRAPH_BLOCK_DIGITS = 1u << 9,
	GRAPH_BLOCK_TEXT = 1u << 10,
	GRAPH_BLOCK_VALUES = 1u << 11,
};

struct graph_block {
	uint64_t address;
	uint64_t size; /* bytes, as asked for; a block of 0 bytes has the 1 address that it is at */
	uint32_t site;
	uint16_t flags; /* enum graph_block_flag */
};

struct blocks_extent;

/* Zero-initialise to start; end with blocks_release. */
struct blocks {
	const struct graph_block *list; /* the caller's */
	uint32_t count;

	/* Own */
	struct blocks_extent *extents; /* ascending stretches without wide gaps */
	uint32_t extent_count;
	uint32_t *first; /* by page, over all extents: last block that begins at or before it */
	uint64_t lowest, end; /* no block has an address outside of these */
	unsigned shift; /* a page has 1 << shift bytes */
};

/* Ascending by address; of those with one address the order stays. Needs as much memory again while
 * it works, unless they are in order. */
void blocks_sort(struct graph_block *list, size_t count);

/* The list must be sorted, have at most BLOCKS_MAX blocks, and outlive this. Blocks from address 2^62 on
 * are never found. */
void blocks_init(struct blocks *blocks, const struct graph_block *list, size_t count);

/* The last block that begins at the address or before it, or BLOCKS_NONE: also far behind its end. */
uint32_t blocks_before(const struct blocks *blocks, uint64_t address);

/* The block that has the address, or BLOCKS_NONE. */
uint32_t blocks_find(const struct blocks *blocks, uint64_t address);

/* Two steps ahead of blocks_before for one address, each to be taken some look-ups before the next. */
void blocks_prefetch_page(const struct blocks *blocks, uint64_t address);
void blocks_prefetch_block(const struct blocks *blocks, uint64_t address);

void blocks_release(struct blocks *blocks);

/* Behind its last address. */
static inline uint64_t blocks_end(const struct graph_block *block)
{
	uint64_t size = block->size ? block->size : 1;

	return size > UINT64_MAX - block->address ? UINT64_MAX : block->address + size;
}

#endif
