/* SPDX-License-Identifier: MIT */
#include "cache.h"

#include <stdlib.h>

#include "../util/array.h"

#define FIRST_SLOTS 64

struct cache_slot {
	uint64_t first, second;
	const void *result; /* NULL: free slot */
};

static struct cache_slot *find_slot(const struct cache *c, uint64_t first, uint64_t second)
{
	/* Fibonacci hashing (Knuth, TAOCP vol. 3, 6.4), of which the upper half is the better. */
	size_t i = ((first ^ second << 32 ^ second >> 32) * 0x9e3779b97f4a7c15ull) >> 32;

	for (;; i++) {
		struct cache_slot *slot = &c->slots[i & (c->slot_count - 1)];

		if (!slot->result || (slot->first == first && slot->second == second))
			return slot;
	}
}

static void make_room(struct cache *c)
{
	struct cache_slot *old = c->slots;
	size_t old_count = c->slot_count;

	if (2 * (c->count + 1) <= c->slot_count)
		return;
	c->slot_count = old_count ? 2 * old_count : FIRST_SLOTS;
	c->slots = xcalloc(c->slot_count, sizeof *c->slots);
	for (size_t i = 0; i < old_count; i++)
		if (old[i].result)
			*find_slot(c, old[i].first, old[i].second) = old[i];
	free(old);
}

const void *cache_find(const struct cache *c, uint64_t first, uint64_t second)
{
	return c->slot_count ? find_slot(c, first, second)->result : NULL;
}

void cache_add(struct cache *c, uint64_t first, uint64_t second, const void *result)
{
	make_room(c);
	*find_slot(c, first, second) = (struct cache_slot){first, second, result};
	c->count++;
}

void cache_release(struct cache *c)
{
	free(c->slots);
	*c = (struct cache){0};
}
