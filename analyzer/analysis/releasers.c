/* SPDX-License-Identifier: MIT */
#include "releasers.h"

#include <stdlib.h>

#define PAIRS_MAX (3u << 18) /* three quarters of 2^20 slots */

/* A pair's key: the number of the site from 1, and the stack. */
static uint32_t number_of(const struct amount *pair)
{
	return (uint32_t)(pair->key >> 32);
}

void releasers_count(struct releasers *r, uint32_t site, stack_id stack, uint64_t blocks,
		     uint64_t bytes)
{
	uint64_t number = (uint64_t)site + 1;

	amounts_add(&r->pairs, number << 32 | stack, blocks, bytes,
		    r->pair_limit ? r->pair_limit : PAIRS_MAX);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct amount *x = a;
	const struct amount *y = b;

	if (number_of(x) != number_of(y))
		return number_of(x) < number_of(y) ? -1 : 1;
	if (x->blocks != y->blocks)
		return x->blocks < y->blocks ? 1 : -1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

void releasers_sort(struct releasers *r)
{
	struct amount *list = amounts_list(&r->pairs);

	if (r->pairs.count)
		qsort(list, r->pairs.count, sizeof *list, compare_pairs);
	r->sorted = list;
}

/* The first pair of a site, or where it would be. */
static size_t find_first(const struct releasers *r, uint32_t number)
{
	size_t low = 0, high = r->pairs.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number_of(&r->sorted[middle]) < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void releasers_fill(const struct releasers *r, uint32_t site, struct model_site *to,
		    struct frames *frames)
{
	size_t first = find_first(r, site + 1);
	struct model_releaser *list;
	uint32_t count = 0;

	while (count < RELEASERS_SHOWN && first + count < r->pairs.count &&
	       number_of(&r->sorted[first + count]) == site + 1)
		count++;
	list = arena_alloc(frames->arena, count * sizeof *list);
	for (uint32_t i = 0; i < count; i++) {
		const struct amount *pair = &r->sorted[first + i];

		list[i].stack = frames_stack(frames, (stack_id)pair->key, false);
		list[i].amount = (struct model_amount){pair->blocks, pair->bytes};
	}
	to->releasers = list;
	to->releaser_count = count;
}

void releasers_release(struct releasers *r)
{
	amounts_release(&r->pairs);
	r->sorted = NULL;
}
