/* SPDX-License-Identifier: MIT */
/*
 * array.h - growable arrays of any element type, in the manner of git's ALLOC_GROW.
 *
 * An array is three struct members: T *NAME, and two counts that the caller names. Growth
 * doubles. Running out of memory ends the analyzer with a message: there is nothing to save.
 */
#ifndef TENURE_ARRAY_H
#define TENURE_ARRAY_H

#include <stddef.h>

/* Makes room for at least `needed` elements in `items`, whose capacity lvalue is `capacity`. */
#define ARRAY_GROW(items, needed, capacity) \
	do { \
		if ((size_t)(needed) > (size_t)(capacity)) { \
			size_t array_capacity = (size_t)(capacity); \
			(items) = array_grow((items), sizeof *(items), (size_t)(needed), \
					     &array_capacity); \
			(capacity) = array_capacity; \
		} \
	} while (0)

/* Returns the moved block and updates *capacity (elements). */
void *array_grow(void *items, size_t item_bytes, size_t needed, size_t *capacity);

/*
 * malloc, calloc and realloc that end the analyzer when there is no memory. libiberty calls these
 * three as well: all must be defined, or its own come in and clash.
 */
void *xmalloc(size_t bytes);
void *xcalloc(size_t count, size_t bytes);
void *xrealloc(void *items, size_t bytes);

#endif
