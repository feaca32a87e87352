/* SPDX-License-Identifier: MIT */
/*
 * cache.h - results by two numbers, as an address or a type and an offset are.
 *
 * Keeps pointers only: what they point to belongs to the caller and must live as long. Private to
 * symbols/.
 */
#ifndef TENURE_SYMBOLS_CACHE_H
#define TENURE_SYMBOLS_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct cache_slot;

/* Zero-initialise to start. */
struct cache {
	struct cache_slot *slots;
	size_t count;
	size_t slot_count; /* a power of two, at least twice count; 0 before first use */
};

/* NULL if nothing was added for the key. */
const void *cache_find(const struct cache *c, uint64_t first, uint64_t second);

/* The key must be new, the result not NULL. */
void cache_add(struct cache *c, uint64_t first, uint64_t second, const void *result);

void cache_release(struct cache *c);

#endif
