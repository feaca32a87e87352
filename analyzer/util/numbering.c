/* SPDX-License-Identifier: MIT */
#define XXH_INLINE_ALL
#include "numbering.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "array.h"

#define SLOTS_MIN 1024u

/* Where a number goes that is not there yet. */
static size_t free_slot(const struct numbering *n, uint64_t hash)
{
	size_t slot = hash & (n->slot_count - 1);

	while (n->slots[slot])
		slot = (slot + 1) & (n->slot_count - 1);
	return slot;
}

static void grow_slots(struct numbering *n)
{
	if ((n->count + 1) * 2 <= n->slot_count)
		return;
	free(n->slots);
	n->slot_count = n->slot_count ? n->slot_count * 2 : SLOTS_MIN;
	n->slots = xcalloc(n->slot_count, sizeof *n->slots);
	for (size_t i = 0; i < n->count; i++)
		n->slots[free_slot(n, n->items[i].hash)] = (uint32_t)i + 1;
}

uint32_t numbering_find(struct numbering *n, const void *content, size_t bytes, bool *fresh)
{
	uint64_t hash = XXH3_64bits(content, bytes);
	size_t slot;

	*fresh = false;
	grow_slots(n);
	for (slot = hash & (n->slot_count - 1); n->slots[slot];
	     slot = (slot + 1) & (n->slot_count - 1)) {
		const struct numbered *item = &n->items[n->slots[slot] - 1];

		if (item->hash == hash && item->bytes == bytes &&
		    (!bytes || !memcmp(n->contents.data + item->offset, content, bytes)))
			return n->slots[slot] - 1;
	}
	*fresh = true;
	ARRAY_GROW(n->items, n->count + 1, n->capacity);
	n->items[n->count++] = (struct numbered){n->contents.used, bytes, hash};
	bytes_append(&n->contents, content, bytes);
	n->slots[slot] = (uint32_t)n->count;
	return (uint32_t)n->count - 1;
}

const void *numbering_content(const struct numbering *n, uint32_t number)
{
	return n->contents.data + n->items[number].offset;
}

void numbering_release(struct numbering *n)
{
	bytes_release(&n->contents);
	free(n->items);
	free(n->slots);
	memset(n, 0, sizeof *n);
}
