/* SPDX-License-Identifier: MIT */
/*
 * python_objects.h - which blocks are objects of Python, where in them the object begins, and of which
 * class it is.
 *
 * An object's second word is its class, and what that says of its objects is in a snapshot. In front of
 * the object may be what the cyclic garbage collector needs (16 bytes) and in front of that a dictionary
 * and weak references (16 bytes): Include/internal/pycore_gc.h and pycore_object.h of CPython.
 *
 * The collector links all objects that can be in circles in lists of its own, by pointers to the links
 * and not to the objects. These say nothing of who needs an object, so they do not count for who
 * holds what: what they alone hold is garbage, or has a reference too many.
 */
#ifndef TENURE_PYTHON_OBJECTS_H
#define TENURE_PYTHON_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "../graph/blocks.h"
#include "../trace/trace.h"
#include "python_values.h"
#include "types.h"

/* Zero-initialise; end with python_objects_release. */
struct python_objects {
	const struct trace_snapshot *snapshot;
	const struct trace_object_name **classes; /* ascending by address */
	size_t class_count;
	uint32_t *
		class_of; /* by block: its class's position in the snapshot's names + 1; 0: unknown */
	struct python_module {
		uint64_t address; /* of the object */
		const char *name;
	} * modules;
	size_t module_count;
	uint32_t module_name_offset; /* in a module, in bytes */
	/* Words of tuples and of blocks that are no objects, and names in data of the interpreter that they
	 * point to: there is no block to find these by. Ascending by address. */
	struct python_label {
		uint64_t address;
		const char *name;
	} * labels;
	size_t label_count;

	/* While looking: */
	uint16_t *opaque; /* by position in the snapshot's names: enum graph_block_flag */
	const struct trace_object_name **statics; /* names in data, ascending by address */
	size_t static_count, label_capacity;
	size_t at; /* the last block at or before the last class or label */
	uint64_t module; /* the last object that is one */
	size_t module_capacity;
	struct python_values values;
};

/* There may be none: then nothing is looked for. version: the interpreter's, as sys.hexversion. */
void python_objects_init(struct python_objects *o, const struct trace_snapshot *snapshot,
			 uint32_t version, size_t block_count);

static inline bool python_objects_expected(const struct python_objects *o)
{
	return o->class_count > 0;
}

/* Words and blocks both ascend. Of blocks by Python's allocators that are objects it sets the flags, and
 * votes for their classes. */
void python_objects_see(struct python_objects *o, struct graph_block *blocks, size_t block_count,
			const struct trace_word *words, size_t word_count, struct types *types);

/* After all words: marks what has the attributes of instances. The same blocks. */
void python_objects_seen(struct python_objects *o, struct graph_block *blocks, size_t block_count);

/* The name in data that the word at this address points to, in a tuple or a block that is no object; NULL:
 * none. */
const char *python_objects_label(const struct python_objects *o, uint64_t address);

/* The class of a block's object, NULL if it is none. */
const struct trace_object_name *python_objects_class(const struct python_objects *o,
						     uint32_t block);

/* An address in data of the interpreter; 0: unknown. */
uint64_t python_objects_interpreter(const struct python_objects *o);

/* What the object at an address is called; NULL if it has no name of this kind. */
const char *python_objects_name(const struct trace_snapshot *snapshot, uint64_t address,
				enum trace_object_name_kind kind);

void python_objects_release(struct python_objects *o);

#endif
