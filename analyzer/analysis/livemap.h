/* SPDX-License-Identifier: MIT */
/*
 * livemap.h - the set of live blocks, keyed by address.
 *
 * A chained hash table over a pool: one 40-byte record per block and, as buckets double when the
 * blocks outnumber them, 4 to 8 bytes of bucket, so at most 48 bytes per block of the largest live
 * set so far (plus one pool chunk). Records of dead blocks are reused last in, first out, which
 * keeps short-lived blocks in the cache. Pointers stay valid until the block is taken out.
 */
#ifndef TENURE_LIVEMAP_H
#define TENURE_LIVEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIVE_THREAD_MAX ((1u << 22) - 1)
#define LIVE_CHAIN_MAX 15u

struct live_block {
	uint64_t address; /* never 0 */
	uint32_t next; /* livemap's own; here, as a search wants it together with the address */
	uint32_t site; /* index into the tally's sites */
	uint64_t size_bytes; /* as asked for */
	uint64_t birth; /* by the age clock, with the block itself counted */
	uint32_t birth_tick; /* the same in coarse time, see tally.h */
	uint32_t thread : 22; /* that allocated it */
	uint32_t api : 6; /* enum api that made it */
	uint32_t chain : 4; /* reallocations that it grew through, LIVE_CHAIN_MAX and more */
};

/* Zero-initialise to start; end with livemap_release. */
struct livemap {
	uint32_t *buckets; /* first record of each chain, 0 if empty */
	size_t bucket_count;
	uint32_t bucket_shift; /* bucket_count is 1 << (32 - bucket_shift) */
	uint32_t unused; /* first record of the list of reusable ones, 0 if empty */
	size_t count; /* live blocks */
	struct live_block **chunks;
	size_t chunk_count, chunk_capacity;
};

/*
 * Everything that an event needs is inline: a replay does little else. What is asked for by address
 * takes the hash of the address, too, so that who asks more than once computes it once.
 *
 * Two multiplications with a fold between (the finalizer of MurmurHash3, shortened). One alone,
 * Fibonacci hashing, makes chains of ten of blocks that lie 48 bytes apart.
 */
static inline uint32_t livemap_hash(uint64_t address)
{
	uint64_t hash = address * 0x9e3779b97f4a7c15ull;

	hash ^= hash >> 32;
	hash *= 0xff51afd7ed558ccdull;
	return (uint32_t)(hash >> 32);
}

#define LIVEMAP_CHUNK_BITS 12
#define LIVEMAP_CHUNK_RECORDS (1u << LIVEMAP_CHUNK_BITS)

/* Number 0 ends chains. It is a record, too, as soon as there is any other: so who only wants to
 * load a record need not ask whether there is one. */
static inline struct live_block *livemap_record(const struct livemap *map, uint32_t id)
{
	return &map->chunks[id >> LIVEMAP_CHUNK_BITS][id & (LIVEMAP_CHUNK_RECORDS - 1)];
}

/* For livemap_put alone. */
void livemap_double_buckets(struct livemap *map);
void livemap_add_chunk(struct livemap *map);

/*
 * What is looked up before a birth is seldom there, and how long the chain is cannot be foreseen. So
 * the first two are looked at in any case: most chains have no third one, and the jump is foreseen.
 * There must be a record.
 */
static inline struct live_block *livemap_search(const struct livemap *map, uint32_t id,
						uint64_t address)
{
	struct live_block *first = livemap_record(map, id);
	struct live_block *second = livemap_record(map, first->next);

	if (!((first->address == address) | (second->address == address) | (second->next != 0)))
		return NULL;
	for (; id; id = first->next) {
		first = livemap_record(map, id);
		if (first->address == address)
			return first;
	}
	return NULL;
}

/* The record of an address. A new one has only address set, and *found is false. */
static inline struct live_block *livemap_put(struct livemap *map, uint64_t address, uint32_t hash,
					     bool *found)
{
	struct live_block *block;
	uint32_t *head;
	uint32_t id;

	if (map->count == map->bucket_count)
		livemap_double_buckets(map);
	if (!map->unused)
		livemap_add_chunk(map);
	head = &map->buckets[hash >> map->bucket_shift];
	block = livemap_search(map, *head, address);
	if (block) {
		*found = true;
		return block;
	}
	id = map->unused;
	block = livemap_record(map, id);
	map->unused = block->next;
	block->address = address;
	block->next = *head;
	*head = id;
	map->count++;
	*found = false;
	return block;
}

/* NULL if the address is not live. */
static inline const struct live_block *livemap_find(const struct livemap *map, uint64_t address,
						    uint32_t hash)
{
	const struct live_block *block;

	if (!map->count)
		return NULL;
	for (uint32_t id = map->buckets[hash >> map->bucket_shift]; id; id = block->next) {
		block = livemap_record(map, id);
		if (block->address == address)
			return block;
	}
	return NULL;
}

/* Removes a block and copies it to *block; false if the address is not live. */
static inline bool livemap_take(struct livemap *map, uint64_t address, uint32_t hash,
				struct live_block *block)
{
	uint32_t *link;

	if (!map->count)
		return false;
	link = &map->buckets[hash >> map->bucket_shift];
	while (*link) {
		uint32_t id = *link;
		struct live_block *candidate = livemap_record(map, id);

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

/*
 * Memory is what a lookup waits for. Who knows the addresses of later events asks for their buckets
 * first; when these have had time to arrive, for what is first in them, which is mostly what a
 * lookup will find; and when that has arrived, may look what it leads to. It can be any block, also
 * one that does not live. The map must not be empty.
 */
static inline void livemap_prefetch_bucket(const struct livemap *map, uint32_t hash)
{
	__builtin_prefetch(&map->buckets[hash >> map->bucket_shift], 1);
}

static inline const struct live_block *livemap_first(const struct livemap *map, uint32_t hash)
{
	return livemap_record(map, map->buckets[hash >> map->bucket_shift]);
}

/* The live blocks one by one, in no order that means anything; *position begins at 0. NULL at the
 * end. Nothing may be put in or taken out meanwhile. */
const struct live_block *livemap_next(const struct livemap *map, size_t *position);

void livemap_release(struct livemap *map);

#endif
