/* SPDX-License-Identifier: MIT */
/*
 * amounts.h - blocks and bytes by keys of 64 bits, in a table that stops growing.
 *
 * Open addressing: three quarters of the slots are taken at most, so a key costs 32 to 64 bytes, and
 * half as much again while the table doubles. Keys are never taken out. Each caller says how many it
 * wants at most; then new ones are refused, and those that are known go on being counted.
 */
#ifndef TENURE_AMOUNTS_H
#define TENURE_AMOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "livemap.h"

struct amount {
	uint64_t key; /* 0: the slot is free */
	uint64_t blocks, bytes; /* modulo 2^64 */
};

/* Zero-initialise to start; end with amounts_release. */
struct amounts {
	struct amount *slots;
	size_t slot_count; /* a power of two; 0 before the first key */
	size_t count; /* keys */
};

/* For amounts_add alone: the slot of a new key, or NULL if there are `limit` keys. */
struct amount *amounts_claim(struct amounts *a, uint64_t key, size_t limit);

/* Where a key is, or else the free slot where it belongs. There must be slots. */
static inline struct amount *amounts_slot(const struct amounts *a, uint64_t key)
{
	size_t slot = livemap_hash(key);

	for (;; slot++) {
		struct amount *amount = &a->slots[slot & (a->slot_count - 1)];

		if (amount->key == key || !amount->key)
			return amount;
	}
}

/* Adds to what a key has, which must not be 0. False if it is new and there are `limit` keys. */
static inline bool amounts_add(struct amounts *a, uint64_t key, uint64_t blocks, uint64_t bytes,
			       size_t limit)
{
	struct amount *amount = a->slot_count ? amounts_slot(a, key) : NULL;

	if (!amount || !amount->key)
		amount = amounts_claim(a, key, limit);
	if (!amount)
		return false;
	amount->blocks += blocks;
	amount->bytes += bytes;
	return true;
}

/* Moves all `count` amounts to the front of the slots, in no order. Nothing can be added from then
 * on; the caller may change and sort what it gets. */
struct amount *amounts_list(struct amounts *a);

void amounts_release(struct amounts *a);

#endif
