/* SPDX-License-Identifier: MIT */
#include "coresidence.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define FIRST_SLOT_BITS 8
#define PAIRS_MAX ((size_t)1 << 20)
#define PROBES_MAX 64

/* The finalizer of MurmurHash3. */
static uint64_t mix(uint64_t key)
{
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdull;
	key ^= key >> 33;
	key *= 0xc4ceb9fe1a85ec53ull;
	return key ^ key >> 33;
}

/* The pair's slot or an empty one for it; NULL if all that may be looked at are others'. */
static struct coresidence_pair *seek(const struct coresidence *pairs, uint32_t long_lived,
				     uint32_t short_lived)
{
	size_t mask = ((size_t)1 << pairs->slot_bits) - 1;
	size_t at = mix((uint64_t)long_lived << 32 | short_lived) & mask;

	for (int i = 0; i < PROBES_MAX; i++, at = (at + 1) & mask) {
		struct coresidence_pair *slot = &pairs->slots[at];

		if (!slot->pages ||
		    (slot->long_lived == long_lived && slot->short_lived == short_lived))
			return slot;
	}
	return NULL;
}

static void double_slots(struct coresidence *pairs)
{
	struct coresidence_pair *old = pairs->slots;
	size_t old_count = old ? (size_t)1 << pairs->slot_bits : 0;

	pairs->slot_bits = old ? pairs->slot_bits + 1 : FIRST_SLOT_BITS;
	pairs->slots = xcalloc((size_t)1 << pairs->slot_bits, sizeof *pairs->slots);
	pairs->count = 0;
	for (size_t i = 0; i < old_count; i++) {
		struct coresidence_pair *slot;

		if (!old[i].pages)
			continue;
		slot = seek(pairs, old[i].long_lived, old[i].short_lived);
		if (!slot) {
			pairs->dropped += old[i].pages;
			continue;
		}
		*slot = old[i];
		pairs->count++;
	}
	free(old);
}

void coresidence_add(struct coresidence *pairs, uint32_t long_lived, uint32_t short_lived,
		     uint64_t pinned_bytes)
{
	struct coresidence_pair *slot;

	if (!pairs->slots || (pairs->count < PAIRS_MAX && pairs->count >> (pairs->slot_bits - 1)))
		double_slots(pairs);
	slot = seek(pairs, long_lived, short_lived);
	if (!slot || (!slot->pages && pairs->count >= PAIRS_MAX)) {
		pairs->dropped++;
		return;
	}
	if (!slot->pages) {
		slot->long_lived = long_lived;
		slot->short_lived = short_lived;
		pairs->count++;
	}
	slot->pages++;
	slot->pinned_bytes += pinned_bytes;
}

static bool is_better(const struct coresidence_pair *a, const struct coresidence_pair *b)
{
	if (a->pages != b->pages)
		return a->pages > b->pages;
	if (a->pinned_bytes != b->pinned_bytes)
		return a->pinned_bytes > b->pinned_bytes;
	if (a->long_lived != b->long_lived)
		return a->long_lived < b->long_lived;
	return a->short_lived < b->short_lived;
}

size_t coresidence_best(const struct coresidence *pairs, struct coresidence_pair *best, size_t most)
{
	size_t slots = pairs->slots ? (size_t)1 << pairs->slot_bits : 0;
	size_t count = 0;

	for (size_t i = 0; i < slots; i++) {
		const struct coresidence_pair *pair = &pairs->slots[i];
		size_t at;

		if (!pair->pages || !most || (count == most && !is_better(pair, &best[most - 1])))
			continue;
		count += count < most;
		for (at = count - 1; at && is_better(pair, &best[at - 1]); at--)
			best[at] = best[at - 1];
		best[at] = *pair;
	}
	return count;
}

void coresidence_release(struct coresidence *pairs)
{
	free(pairs->slots);
	memset(pairs, 0, sizeof *pairs);
}
