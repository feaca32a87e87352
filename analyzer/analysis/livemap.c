/* SPDX-License-Identifier: MIT */
#include "livemap.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "../util/message.h"

#define CHUNK_BITS 12
#define CHUNK_RECORDS (1u << CHUNK_BITS)
#define FIRST_BUCKET_BITS 10

_Static_assert(sizeof(struct live_block) == 40, "the memory bound of livemap.h");

/* Records are numbered from 1. */
static struct live_block *record(const struct livemap *map, uint32_t id)
{
	return &map->chunks[(id - 1) >> CHUNK_BITS][(id - 1) & (CHUNK_RECORDS - 1)];
}

/*
 * Two multiplications with a fold between (the finalizer of MurmurHash3, shortened). One alone,
 * Fibonacci hashing, makes chains of ten of blocks that lie 48 bytes apart.
 */
static uint32_t bucket_of(const struct livemap *map, uint64_t address)
{
	uint64_t hash = address * 0x9e3779b97f4a7c15ull;

	hash ^= hash >> 32;
	hash *= 0xff51afd7ed558ccdull;
	return (uint32_t)(hash >> (64 - map->bucket_bits));
}

static void add_chunk(struct livemap *map)
{
	uint32_t first = (uint32_t)(map->chunk_count << CHUNK_BITS) + 1;
	struct live_block *chunk;

	if (map->chunk_count >= (UINT32_MAX >> CHUNK_BITS))
		die("too many live blocks");
	ARRAY_GROW(map->chunks, map->chunk_count + 1, map->chunk_capacity);
	chunk = xcalloc(CHUNK_RECORDS, sizeof *chunk);
	map->chunks[map->chunk_count++] = chunk;
	for (uint32_t i = 0; i < CHUNK_RECORDS; i++)
		chunk[i].next = i + 1 < CHUNK_RECORDS ? first + i + 1 : 0;
	map->unused = first;
}

static void double_buckets(struct livemap *map)
{
	uint32_t *old = map->buckets;
	size_t old_count = old ? (size_t)1 << map->bucket_bits : 0;

	map->bucket_bits = old ? map->bucket_bits + 1 : FIRST_BUCKET_BITS;
	map->buckets = xcalloc((size_t)1 << map->bucket_bits, sizeof *map->buckets);
	for (size_t i = 0; i < old_count; i++) {
		uint32_t next;

		for (uint32_t id = old[i]; id; id = next) {
			struct live_block *block = record(map, id);
			uint32_t *head = &map->buckets[bucket_of(map, block->address)];

			next = block->next;
			block->next = *head;
			*head = id;
		}
	}
	free(old);
}

struct live_block *livemap_put(struct livemap *map, uint64_t address, bool *found)
{
	struct live_block *block;
	uint32_t *head;
	uint32_t id;

	if (!map->buckets || map->count >> map->bucket_bits)
		double_buckets(map);
	head = &map->buckets[bucket_of(map, address)];
	for (id = *head; id; id = block->next) {
		block = record(map, id);
		if (block->address == address) {
			*found = true;
			return block;
		}
	}
	if (!map->unused)
		add_chunk(map);
	id = map->unused;
	block = record(map, id);
	map->unused = block->next;
	block->address = address;
	block->next = *head;
	*head = id;
	map->count++;
	*found = false;
	return block;
}

const struct live_block *livemap_find(const struct livemap *map, uint64_t address)
{
	const struct live_block *block;

	if (!map->buckets)
		return NULL;
	for (uint32_t id = map->buckets[bucket_of(map, address)]; id; id = block->next) {
		block = record(map, id);
		if (block->address == address)
			return block;
	}
	return NULL;
}

const struct live_block *livemap_next(const struct livemap *map, size_t *position)
{
	size_t records = map->chunk_count << CHUNK_BITS;

	while (*position < records) {
		const struct live_block *block = record(map, (uint32_t)++ * position);

		if (block->address)
			return block;
	}
	return NULL;
}

bool livemap_take(struct livemap *map, uint64_t address, struct live_block *block)
{
	uint32_t *link;

	if (!map->buckets)
		return false;
	link = &map->buckets[bucket_of(map, address)];
	while (*link) {
		uint32_t id = *link;
		struct live_block *candidate = record(map, id);

		if (candidate->address == address) {
			*block = *candidate;
			*link = candidate->next;
			candidate->address = 0; /* so livemap_next knows it is unused */
			candidate->next = map->unused;
			map->unused = id;
			map->count--;
			return true;
		}
		link = &candidate->next;
	}
	return false;
}

void livemap_prefetch_bucket(const struct livemap *map, uint64_t address)
{
	if (map->buckets)
		__builtin_prefetch(&map->buckets[bucket_of(map, address)]);
}

void livemap_prefetch_record(const struct livemap *map, uint64_t address)
{
	uint32_t id = map->buckets ? map->buckets[bucket_of(map, address)] : 0;

	if (id)
		__builtin_prefetch(record(map, id), 1);
}

void livemap_release(struct livemap *map)
{
	for (size_t i = 0; i < map->chunk_count; i++)
		free(map->chunks[i]);
	free(map->chunks);
	free(map->buckets);
	memset(map, 0, sizeof *map);
}
