/* SPDX-License-Identifier: MIT */
/*
 * roots.h - which memory of a frozen process counts by itself, as what: where a search for blocks that
 * can still be reached begins.
 *
 * Counts: data of modules, live parts of stacks, thread-local storage, all else that is mapped and
 * may hold pointers. Does not: what the allocator keeps beside live blocks, stacks of threads that have ended, what
 * lies below stack pointers, the recorder. Where it cannot be told, memory counts: a block may then
 * seem to be held that is lost, but none seems lost that is held.
 */
#ifndef TENURE_ROOTS_H
#define TENURE_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../graph/blocks.h"
#include "../trace/reader.h"
#include "intervals.h"
#include "thread_stacks.h"

enum root_kind {
	ROOT_DATA, /* of a module */
	ROOT_THREAD_LOCAL, /* storage of the main thread, or of a module */
	ROOT_STACK, /* of a thread, with its thread-local storage above it */
	ROOT_REGISTER, /* of a thread */
	ROOT_RESULT, /* of a thread that nobody has joined */
	ROOT_MAPPING, /* other memory */
	ROOT_INHERITED, /* of a fork: may be in blocks that are not in the trace */
	ROOT_KERNEL,
	ROOT_PYTHON_MODULE, /* an object: others hold it, but that is where a reader would begin */
};

struct root {
	enum root_kind kind;
	module_id module; /* of DATA; 0: unknown */
	int32_t tid; /* of STACK, REGISTER; 0: unknown */
	uint32_t kernel_kind; /* of KERNEL: enum trace_kernel_root_kind */
	const char *name; /* of a mapping: its path, or ""; of a module of Python; the reader's */
	bool last; /* what else holds a block says more */
	bool weak; /* a word of it may be left over from a call that has returned */
};

/* Words in [start, end) are of list[root]. */
struct root_range {
	uint64_t start, end;
	uint32_t root;
	bool allocator_data; /* of libc: holds pointers of the allocator to the ends of blocks */
};

struct root_word {
	uint64_t value;
	uint32_t root;
};

/* What is known of the process, at the moment of the snapshot. */
struct roots_from {
	const struct reader *reader;
	const struct trace_snapshot *snapshot;
	const struct intervals *mapped; /* by the program itself, */
	const struct intervals *breaks; /* and this part of the heap */
	const struct thread_stacks *stacks;
	const struct graph_block *blocks; /* live, ascending */
	size_t block_count;
	bool forked; /* holds blocks that are not in the trace */
};

/* Zero-initialise; end with roots_release. */
struct roots {
	struct root *list;
	size_t count, capacity;
	struct root_range *ranges; /* ascending, disjoint */
	size_t range_count, range_capacity;
	struct root_word *words; /* that are in no memory */
	size_t word_count, word_capacity;
	uint32_t threads_unstopped; /* whose registers are unknown */
};

/* The module that was loaded last over an address, before a stamp; 0: none. Its path and that of the
 * mapping may differ by symbolic links. */
module_id roots_module_at(const struct reader *reader, uint64_t address, uint64_t stamp);

void roots_find(struct roots *roots, const struct roots_from *from);

/* Modules of Python, and that other memory of its interpreter says little. */
struct python_objects;
void roots_add_python(struct roots *roots, const struct roots_from *from,
		      const struct python_objects *objects);

void roots_release(struct roots *roots);

#endif
