/* SPDX-License-Identifier: MIT */
/*
 * ranges.h - which range of addresses holds an address, innermost first.
 *
 * One structure for units, scopes and symbols: ranges are collected, sealed by one sort, and then
 * found by bisection. They may nest, and badly made debug information may make them overlap: of
 * all that hold an address the one that starts last wins, then the shorter one, then the one of
 * higher rank. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_RANGES_H
#define TENURE_SYMBOLS_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t low, high; /* [low, high) */
	uint32_t rank;
	uint32_t value; /* the caller's index */
	uint32_t enclosing; /* position + 1 of the next candidate outwards, 0 for none */
};

/* Zero-initialise to start; items are sorted once sealed. */
struct ranges {
	struct range *items;
	size_t count, capacity;
};

/* Empty ranges are ignored. */
void ranges_add(struct ranges *r, uint64_t low, uint64_t high, uint32_t rank, uint32_t value);

/* Before the first ranges_find, and again after any ranges_add. */
void ranges_seal(struct ranges *r);

bool ranges_find(const struct ranges *r, uint64_t address, uint32_t *value);

/* Lowest start above the address; UINT64_MAX if there is none. */
uint64_t ranges_next_start(const struct ranges *r, uint64_t address);

void ranges_release(struct ranges *r);

#endif
