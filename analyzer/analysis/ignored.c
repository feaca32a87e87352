/* SPDX-License-Identifier: MIT */
#include "ignored.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

#define LIMIT_FIRST 1024u

static int compare(const void *a, const void *b)
{
	const struct ignored_block *x = a;
	const struct ignored_block *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* Forgets dead blocks, and sorts the others by address, each once. */
static void settle(struct ignored *ignored, const struct livemap *live)
{
	size_t kept = 0;

	if (ignored->count)
		qsort(ignored->list, ignored->count, sizeof *ignored->list, compare);
	for (size_t i = 0; i < ignored->count; i++) {
		struct ignored_block one = ignored->list[i];
		const struct live_block *block = livemap_find(live, one.address,
							      livemap_hash(one.address));

		if (block && block->birth == one.birth &&
		    (!kept || ignored->list[kept - 1].address != one.address))
			ignored->list[kept++] = one;
	}
	ignored->count = kept;
}

void ignored_add(struct ignored *ignored, const struct livemap *live, uint64_t address)
{
	const struct live_block *block = livemap_find(live, address, livemap_hash(address));

	if (!block)
		return;
	if (ignored->count >= LIMIT_FIRST && ignored->count >= ignored->limit) {
		settle(ignored, live);
		ignored->limit = 2 * ignored->count;
	}
	ARRAY_GROW(ignored->list, ignored->count + 1, ignored->capacity);
	ignored->list[ignored->count++] = (struct ignored_block){address, block->birth};
}

struct ignored ignored_copy(const struct ignored *ignored, const struct livemap *live)
{
	struct ignored copy = {.count = ignored->count, .capacity = ignored->count};

	if (!ignored->count)
		return copy;
	copy.list = xmalloc(ignored->count * sizeof *copy.list);
	memcpy(copy.list, ignored->list, ignored->count * sizeof *copy.list);
	settle(&copy, live);
	return copy;
}

void ignored_release(struct ignored *ignored)
{
	free(ignored->list);
	memset(ignored, 0, sizeof *ignored);
}
