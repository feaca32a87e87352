/* SPDX-License-Identifier: MIT */
/*
 * python_tables.h - blocks of Python's that objects keep their items, keys or values in, and that are no
 * objects themselves whatever their words look like. Private to python_objects.c.
 *
 * A list of classes, an attribute that is a class, or what was in a table's memory before can put the
 * address of a class where an object would have it. Whose table it is knows better: lists,
 * dictionaries and instances say where theirs are, at the offsets of Include/cpython/listobject.h,
 * dictobject.h and Include/internal/pycore_object.h.
 */
#ifndef TENURE_PYTHON_TABLES_H
#define TENURE_PYTHON_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"

#define PYTHON_TABLES_WORDS 8u /* more than come before the class in a block */

/* Zero-initialise; end with python_tables_release. */
struct python_tables {
	uint64_t *list; /* addresses in tables */
	size_t count, capacity;

	/* Own */
	struct trace_word last[PYTHON_TABLES_WORDS]; /* a ring of the words seen last */
	unsigned at;
	uint64_t wanted[2]; /* addresses of words to come that point to tables; 0: none */
};

/* An object was found in a block that begins at an address; its class was the word seen last. */
void python_tables_found(struct python_tables *t, uint64_t block, uint64_t head_bytes,
			 const struct trace_object_name *class);

void python_tables_add(struct python_tables *t, uint64_t address);

/* Every word, in ascending order of addresses; before what it says is looked at. */
static inline void python_tables_see(struct python_tables *t, const struct trace_word *word)
{
	t->last[t->at++ % PYTHON_TABLES_WORDS] = *word;
	if (word->address == t->wanted[0] || word->address == t->wanted[1])
		python_tables_add(t, word->value);
}

void python_tables_release(struct python_tables *t);

#endif
