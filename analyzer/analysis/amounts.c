/* SPDX-License-Identifier: MIT */
#include "amounts.h"

#include <stdlib.h>

#include "../util/array.h"

#define FIRST_SLOTS 1024u

static void make_room(struct amounts *a)
{
	struct amounts larger = {
		.slot_count = a->slot_count ? 2 * a->slot_count : FIRST_SLOTS,
		.count = a->count,
	};

	larger.slots = xcalloc(larger.slot_count, sizeof *larger.slots);
	for (size_t i = 0; i < a->slot_count; i++)
		if (a->slots[i].key)
			*amounts_slot(&larger, a->slots[i].key) = a->slots[i];
	free(a->slots);
	*a = larger;
}

struct amount *amounts_claim(struct amounts *a, uint64_t key, size_t limit)
{
	struct amount *amount;

	if (a->count >= limit)
		return NULL;
	if (4 * (a->count + 1) > 3 * a->slot_count)
		make_room(a);
	amount = amounts_slot(a, key);
	amount->key = key;
	a->count++;
	return amount;
}

struct amount *amounts_list(struct amounts *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->slot_count; i++)
		if (a->slots[i].key)
			a->slots[kept++] = a->slots[i];
	return a->slots;
}

void amounts_release(struct amounts *a)
{
	free(a->slots);
	*a = (struct amounts){0};
}
