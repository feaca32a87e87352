/* SPDX-License-Identifier: MIT */
#include "ages.h"

#include <stdlib.h>

#include "../util/array.h"

uint64_t ages_floor(uint32_t bucket)
{
	if (bucket < AGES_EXACT)
		return bucket;
	if (bucket >= AGES_BUCKETS)
		return UINT64_MAX;
	return (uint64_t)(4 + bucket % 4) << (bucket / 4 - 1);
}

/* From 1 on, because many sites know a single bucket; array_grow would begin with 16. */
static void grow(struct ages *a)
{
	a->capacity = a->capacity ? a->capacity * 2 : 1;
	a->list = xrealloc(a->list, a->capacity * sizeof *a->list);
}

/*
 * A hit moves one place to the front, but never past a bucket with more blocks: so the search ends
 * early for what is frequent, and two buckets that take turns do not swap for ever.
 */
struct age_bucket *ages_find(struct ages *a, uint32_t bucket)
{
	struct age_bucket *list = a->list;
	uint32_t count = a->count;

	for (uint32_t i = 0; i < count; i++) {
		if (list[i].bucket != bucket)
			continue;
		if (i && list[i].blocks > list[i - 1].blocks) {
			struct age_bucket hit = list[i];

			list[i] = list[i - 1];
			list[--i] = hit;
		}
		return &list[i];
	}
	if (count == a->capacity)
		grow(a);
	a->count++;
	a->list[count] = (struct age_bucket){.bucket = bucket};
	return &a->list[count];
}

void ages_merge(struct ages *into, const struct ages *from)
{
	for (uint32_t i = 0; i < from->count; i++) {
		const struct age_bucket *more = &from->list[i];
		struct age_bucket *b = ages_find(into, more->bucket);

		b->blocks = ages_add_saturated(b->blocks, more->blocks);
		b->bytes = ages_add_saturated(b->bytes, more->bytes);
		b->byte_seconds += more->byte_seconds;
	}
}

void ages_release(struct ages *a)
{
	free(a->list);
	*a = (struct ages){0};
}
