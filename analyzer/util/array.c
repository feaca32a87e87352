/* SPDX-License-Identifier: MIT */
#include "array.h"

#include <stdint.h>
#include <stdlib.h>

#include "message.h"

void *array_grow(void *items, size_t item_bytes, size_t needed, size_t *capacity)
{
	size_t grown = *capacity < 16 ? 16 : *capacity;

	while (grown < needed) {
		if (grown > SIZE_MAX / 2)
			die("out of memory");
		grown *= 2;
	}
	if (grown > SIZE_MAX / item_bytes)
		die("out of memory");
	items = xrealloc(items, grown * item_bytes);
	*capacity = grown;
	return items;
}

void *xmalloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		die("out of memory");
	return p;
}

void *xcalloc(size_t count, size_t bytes)
{
	void *p = calloc(count ? count : 1, bytes ? bytes : 1);

	if (!p)
		die("out of memory");
	return p;
}

void *xrealloc(void *items, size_t bytes)
{
	void *p = realloc(items, bytes ? bytes : 1);

	if (!p)
		die("out of memory");
	return p;
}
