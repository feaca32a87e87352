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
	uint64_t size_bytes; /* as asked for */
	uint64_t birth; /* by the age clock, with the block itself counted */
	uint32_t birth_tick; /* the same in coarse time, see tally.h */
	uint32_t site; /* index into the tally's sites */
	uint32_t next; /* livemap's own */
	uint32_t thread : 22; /* that allocated it */
	uint32_t api : 6; /* enum api that made it */
	uint32_t chain : 4; /* reallocations that it grew through, LIVE_CHAIN_MAX and more */
};

/* Zero-initialise to start; end with livemap_release. */
struct livemap {
	uint32_t *buckets; /* first record of each chain, 0 if empty */
	uint32_t bucket_bits;
	size_t count; /* live blocks */
	struct live_block **chunks;
	size_t chunk_count, chunk_capacity;
	uint32_t unused; /* first record of the list of reusable ones, 0 if empty */
};

/* The record of an address. A new one has only address set, and *found is false. */
struct live_block *livemap_put(struct livemap *map, uint64_t address, bool *found);

const struct live_block *livemap_find(const struct livemap *map, uint64_t address);

/* The live blocks one by one, in no order that means anything; *position begins at 0. NULL at the
 * end. Nothing may be put in or taken out meanwhile. */
const struct live_block *livemap_next(const struct livemap *map, size_t *position);

/* Removes a block and copies it to *block; false if the address is not live. */
bool livemap_take(struct livemap *map, uint64_t address, struct live_block *block);

/*
 * Memory is what a lookup waits for. Who knows the addresses of later events asks for their buckets
 * first and for their records when the buckets have had time to arrive; neither changes anything.
 * When the records are there, livemap_find tells what they will lead to.
 */
void livemap_prefetch_bucket(const struct livemap *map, uint64_t address);
void livemap_prefetch_record(const struct livemap *map, uint64_t address);

void livemap_release(struct livemap *map);

#endif
