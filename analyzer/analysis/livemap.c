/* SPDX-License-Identifier: MIT */
#include "livemap.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/message.h"

#define FIRST_BUCKET_BITS 10

_Static_assert(sizeof(struct live_block) == 40, "the memory bound of livemap.h");

void livemap_add_chunk(struct livemap *map)
{
	uint32_t first = (uint32_t)(map->chunk_count << LIVEMAP_CHUNK_BITS);
	struct live_block *chunk;

	if (map->chunk_count >= (UINT32_MAX >> LIVEMAP_CHUNK_BITS))
		die("too many live blocks");
	ARRAY_GROW(map->chunks, map->chunk_count + 1, map->chunk_capacity);
	chunk = xcalloc(LIVEMAP_CHUNK_RECORDS, sizeof *chunk);
	map->chunks[map->chunk_count++] = chunk;
	for (uint32_t i = 0; i + 1 < LIVEMAP_CHUNK_RECORDS; i++)
		chunk[i].next = first + i + 1;
	map->unused = first;
	if (!first) {
		/* Record 0 is nobody's. */
		map->unused = chunk[0].next;
		chunk[0].next = 0;
	}
}

void livemap_double_buckets(struct livemap *map)
{
	uint32_t *old = map->buckets;
	size_t old_count = map->bucket_count;

	map->bucket_shift = old ? map->bucket_shift - 1 : 32 - FIRST_BUCKET_BITS;
	map->bucket_count = (size_t)1 << (32 - map->bucket_shift);
	map->buckets = xcalloc(map->bucket_count, sizeof *map->buckets);
	for (size_t i = 0; i < old_count; i++) {
		uint32_t next;

		for (uint32_t id = old[i]; id; id = next) {
			struct live_block *block = livemap_record(map, id);
			uint32_t hash = livemap_hash(block->address);
			uint32_t *head = &map->buckets[hash >> map->bucket_shift];

			next = block->next;
			block->next = *head;
			*head = id;
		}
	}
	free(old);
}

const struct live_block *livemap_next(const struct livemap *map, size_t *position)
{
	size_t records = map->chunk_count << LIVEMAP_CHUNK_BITS;

	while (*position < records) {
		const struct live_block *block = livemap_record(map, (uint32_t)(*position)++);

		if (block->address)
			return block;
	}
	return NULL;
}

void livemap_release(struct livemap *map)
{
	for (size_t i = 0; i < map->chunk_count; i++)
		free(map->chunks[i]);
	free(map->chunks);
	free(map->buckets);
	memset(map, 0, sizeof *map);
}
