/* SPDX-License-Identifier: MIT */
/*
 * graph.h - who points to whom on a heap: edges from block to block, and from roots to blocks.
 *
 * graph_new takes the blocks and the stretches of memory that are roots; words of memory follow in
 * ascending order of their addresses, loose ones (registers, what the kernel keeps) at any time; after
 * graph_finish the graph is complete and does not change any more. A word belongs to the block that it
 * lies in, else to the root that it lies in, else to nobody: then it is ignored. Only words that lie
 * in a block or root as a whole count. A pointer of a block to itself does not count.
 *
 * Edges of a block lie together, in the order of the words that they come from. For each the graph
 * keeps its target, how it points there, and one byte for where it comes from: the distance from the
 * edge before it, which is what 4 bytes for an offset would say for 4 times the memory, and what
 * finding words again would say for another reading of all of them.
 */
#ifndef TENURE_GRAPH_H
#define TENURE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"
#include "blocks.h"

/* How a pointer names its block. All but GRAPH_INTERIOR count as pointers to its start. Of the rules
 * for pointers inside, the first one here that holds is the one that is named. */
enum graph_how {
	GRAPH_START, /* its address */
	GRAPH_INTERIOR, /* an address inside, for none of the reasons below */
	/* Its address with a tag in the low 3 bits. */
	GRAPH_TAGGED,
	/* What new T[n] gives: behind the count of elements. Of new T[0], one past the end. */
	GRAPH_COOKIE,
	/* A second base class: where it points and at the block's start are pointers to virtual tables.
	 * memcheck's heuristic "multipleinheritance" looks for functions in those; we were told what is
	 * read-only data of a module. */
	GRAPH_BASE,
	/* A std::string of before C++11: length, capacity, count of owners, then characters. memcheck's
	 * "stdstring"; libstdc++ rounds requests up to pages, so that the size is not exact. */
	GRAPH_STRING,
	/* Behind a word with the number of bytes that follow. memcheck's "length64", from SQLite. */
	GRAPH_LENGTH,
	GRAPH_HOW_COUNT
};

enum graph_root_flag {
	GRAPH_ROOT_WEAK = 1u << 0, /* a stack or a register: what it holds may be left over */
	GRAPH_ROOT_LAST = 1u << 1, /* says little: chains begin elsewhere if they can */
};

enum graph_range_flag {
	/* Of malloc itself: its pointer to "the end of the block" is its own, see graph.c. */
	GRAPH_RANGE_ALLOCATOR_DATA = 1u << 0,
};

/* Roots that blocks are by their flags; edges from them have the address 0. */
#define GRAPH_ROOT_RUNTIME (UINT32_MAX - 1)
#define GRAPH_ROOT_IGNORED (UINT32_MAX - 2)

/* Memory of the program that is no block: globals, stacks, mappings. */
struct graph_range {
	uint64_t start, end;
	uint32_t root; /* below root_count; several ranges may share one */
	uint32_t flags; /* enum graph_range_flag */
};

struct graph_extent {
	uint64_t start, end;
};

/* All arrays are the caller's and must outlive the graph. */
struct graph_input {
	const struct graph_block *blocks; /* as blocks_sort leaves them */
	size_t block_count; /* at most BLOCKS_MAX */
	const struct graph_range *ranges; /* ascending, not overlapping */
	size_t range_count;
	const struct graph_extent *vtables; /* where those may lie: ascending, not overlapping */
	size_t vtable_count;
	const uint8_t *root_flags; /* enum graph_root_flag, by root */
	uint32_t root_count;
	uint64_t word_count; /* that may follow; 0 if unknown. It only helps */
};

/* The id of a block in the low bits, enum graph_how in the upper 3. */
typedef uint32_t graph_target;

/* A word of a root that points to a block. */
struct graph_root_edge {
	uint64_t address; /* of the word; 0 of loose ones, and where a block is itself a root */
	uint32_t root; /* below root_count, or GRAPH_ROOT_* */
	graph_target target;
};

struct graph_far;
struct graph_build;

/* Fields are to be read after graph_finish. */
struct graph {
	const struct graph_block *blocks;
	uint32_t block_count;
	uint32_t *edge_start; /* by block, and one more: its edges are those up to the next's */
	graph_target *edges;
	uint32_t edge_count;
	struct graph_root_edge *root_edges; /* as they came; blocks that are roots at the end */
	uint32_t root_edge_count;

	uint64_t pointers[GRAPH_HOW_COUNT]; /* edges of both kinds, by how; not blocks as roots */
	uint64_t self_pointers; /* that did not count */
	uint64_t allocator_pointers; /* that did not count */
	uint64_t words; /* in all */
	uint64_t words_nowhere; /* in no block and no root */

	/* Own */
	const uint8_t *root_flags;
	uint32_t root_count;
	uint8_t *steps; /* by edge: words from the edge before it in its block, or from the start */
	struct graph_far *far; /* ascending by edge: those that a step cannot tell */
	size_t far_count, far_capacity;
	struct graph_build *build; /* NULL when finished */
};

/* You own it; end with graph_free. Ends the analyzer if there are more blocks than BLOCKS_MAX. */
struct graph *graph_new(const struct graph_input *input);

/* Words in ascending order of addresses, also from one call to the next; those out of order are taken
 * for words that are nowhere. Ends the analyzer if edges get more than 2^31 - 1. */
void graph_words(struct graph *graph, const struct trace_word *words, size_t count);

/* A word that is nowhere in memory. */
void graph_root_word(struct graph *graph, uint32_t root, uint64_t value);

/* Nothing may be added any more. */
void graph_finish(struct graph *graph);

/* Bytes from the start of the block that the edge comes from to its word. Takes as long as there are
 * edges before it in its block. */
uint64_t graph_edge_offset(const struct graph *graph, uint32_t edge);

/* What the word at an offset of a block points to; false: to no block. Takes as long as it has edges. */
bool graph_points_to(const struct graph *graph, uint32_t block, uint64_t offset,
		     graph_target *target);

/* By block, how many words point to it: 0, 1, or 2 for more. You own it; after graph_finish. */
uint8_t *graph_count_pointers(const struct graph *graph);

/* The block that an edge comes from. */
uint32_t graph_edge_source(const struct graph *graph, uint32_t edge);

/* Where attributes begin in a block of them: behind a byte for each and two more, rounded up to words;
 * struct _dictvalues of CPython 3.11 and 3.12, Include/internal/pycore_dict.h. They take the rest. */
uint64_t graph_values_offset(const struct graph_block *block);

void graph_free(struct graph *graph);

static inline uint32_t graph_block_of(graph_target target)
{
	return target & BLOCKS_MAX;
}

static inline enum graph_how graph_how_of(graph_target target)
{
	return (enum graph_how)(target >> 29);
}

/* Whether it counts as a pointer to the block's start. */
static inline bool graph_is_start(graph_target target)
{
	return graph_how_of(target) != GRAPH_INTERIOR;
}

static inline bool graph_root_is_weak(const struct graph *graph, uint32_t root)
{
	return root < graph->root_count && graph->root_flags[root] & GRAPH_ROOT_WEAK;
}

/* Whether chains from there come after those from other roots. */
static inline bool graph_root_is_last(const struct graph *graph, uint32_t root)
{
	return root < graph->root_count &&
	       graph->root_flags[root] & (GRAPH_ROOT_WEAK | GRAPH_ROOT_LAST);
}

#endif
