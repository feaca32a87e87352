/* SPDX-License-Identifier: MIT */
/*
 * python_values.h - which blocks have the attributes of an instance, in 3.11 and 3.12: what is in front of
 * the object points to them. Private to python_objects.c.
 */
#ifndef TENURE_PYTHON_VALUES_H
#define TENURE_PYTHON_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"

#define PYTHON_VALUES_WORDS 8u /* more than come before the class in a block */

/* Zero-initialise; end with python_values_release. */
struct python_values {
	uint64_t *list; /* addresses in such blocks */
	size_t count, capacity;

	/* Own */
	struct trace_word last[PYTHON_VALUES_WORDS]; /* a ring of the words seen last */
	unsigned at;
};

/* Every word, in ascending order of addresses. */
static inline void python_values_see(struct python_values *v, const struct trace_word *word)
{
	v->last[v->at++ % PYTHON_VALUES_WORDS] = *word;
}

/* In the block that begins there the word seen last is the class of an instance. */
void python_values_found(struct python_values *v, uint64_t block,
			 const struct trace_object_name *class);

void python_values_release(struct python_values *v);

#endif
