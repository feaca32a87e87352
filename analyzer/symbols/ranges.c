/* SPDX-License-Identifier: MIT */
#include "ranges.h"

#include <stdlib.h>

#include "../util/array.h"

void ranges_add(struct ranges *r, uint64_t low, uint64_t high, uint32_t rank, uint32_t value)
{
	if (low >= high || r->count == UINT32_MAX)
		return;
	ARRAY_GROW(r->items, r->count + 1, r->capacity);
	r->items[r->count++] = (struct range){low, high, rank, value, 0};
}

/* Outer before inner, so that the last range that starts at or before an address is innermost. */
static int compare(const void *a, const void *b)
{
	const struct range *x = a;
	const struct range *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	if (x->high != y->high)
		return x->high > y->high ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->value > y->value ? -1 : x->value < y->value;
}

void ranges_seal(struct ranges *r)
{
	uint32_t open = 0;

	if (r->count)
		qsort(r->items, r->count, sizeof *r->items, compare);
	for (uint32_t i = 0; i < r->count; i++) {
		while (open && r->items[open - 1].high <= r->items[i].low)
			open = r->items[open - 1].enclosing;
		r->items[i].enclosing = open;
		open = i + 1;
	}
}

/* Number of ranges that start at or before the address. */
static size_t count_started(const struct ranges *r, uint64_t address)
{
	size_t low = 0;
	size_t high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->items[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool ranges_find(const struct ranges *r, uint64_t address, uint32_t *value)
{
	size_t candidate = count_started(r, address);

	while (candidate && r->items[candidate - 1].high <= address)
		candidate = r->items[candidate - 1].enclosing;
	if (!candidate)
		return false;
	*value = r->items[candidate - 1].value;
	return true;
}

uint64_t ranges_next_start(const struct ranges *r, uint64_t address)
{
	size_t started = count_started(r, address);

	return started < r->count ? r->items[started].low : UINT64_MAX;
}

void ranges_release(struct ranges *r)
{
	free(r->items);
	*r = (struct ranges){0};
}
