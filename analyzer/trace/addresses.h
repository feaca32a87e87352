/* SPDX-License-Identifier: MIT */
/*
 * addresses.h - guesses the next address of a thread from its last ones, so that most addresses
 * cost a byte that compresses well. Private to analyzer/trace; inline because it is the inner loop
 * of both encoder and decoder, which must drive it alike.
 *
 * Three habits of programs and allocators are used. A block is released soon after it was
 * allocated: a release refers to an allocation of the same chunk, counted back from the newest.
 * Allocators hand out what was released last: an allocation refers to a recent release of its size
 * class, or of a block whose size the chunk does not tell. And fresh memory is handed out in
 * ascending order: the block begins where the last one ended. What fits none of these is stored as
 * a distance.
 *
 *	release		2 + n	the allocation in the n-th slot below the top
 *	allocation	2	right behind the last fresh block
 *			3 + n	the n-th newest release of the same class, n < REUSE_SAME_MAX
 *			3 + REUSE_SAME_MAX + n
 *				the n-th newest release of unknown class, n < REUSE_UNKNOWN_MAX
 *	all		0	distance in units of 16 bytes
 *			1	distance in bytes
 *
 * Distances count from the thread's last release, from the end of the last fresh block, or, for
 * other kinds of events, from the last address of such an event. All start at 0 in every chunk.
 * Slots fill upwards; a released one is empty, and empty ones at the top are given up.
 */
#ifndef TENURE_ADDRESSES_H
#define TENURE_ADDRESSES_H

#include <stdint.h>
#include <string.h>

#include "format.h"

#define REFERENCE_DISTANCE_16 0u
#define REFERENCE_DISTANCE 1u
#define REFERENCE_SLOT 2u
#define REFERENCE_FRESH 2u
#define REFERENCE_REUSE 3u
#define REUSE_SAME_MAX 8u
#define REUSE_UNKNOWN_MAX 32u
#define REFERENCE_REUSE_UNKNOWN (REFERENCE_REUSE + REUSE_SAME_MAX)
#define REFERENCE_GIVE_END (REFERENCE_REUSE_UNKNOWN + REUSE_UNKNOWN_MAX)

/* Classes are the block sizes of common allocators: steps of 16 bytes with an 8-byte header. */
#define CLASS_UNKNOWN 0u
#define CLASS_LARGE 127u
#define CLASS_COUNT 128u

/* Entries are numbered in 16 bits, and kept apart by what is looked at together: of such tables
 * much less is touched. */
struct addresses {
	uint64_t slots[EVENTS_PER_CHUNK_MAX]; /* 0: empty */
	uint8_t slot_classes[EVENTS_PER_CHUNK_MAX];
	uint64_t releases[EVENTS_PER_CHUNK_MAX + 1]; /* entry 0 is not used */
	uint16_t older[EVENTS_PER_CHUNK_MAX + 1]; /* release of the same class; 0: none */
	uint16_t newest[CLASS_COUNT]; /* release of each class; 0: none */
	uint32_t top; /* slots in use */
	uint32_t release_count;
	uint64_t fresh_end, last_release, last_other;
};

_Static_assert(EVENTS_PER_CHUNK_MAX <= UINT16_MAX, "numbers of entries");

static inline void addresses_clear(struct addresses *a)
{
	memset(a->newest, 0, sizeof a->newest);
	a->top = a->release_count = 0;
	a->fresh_end = a->last_release = a->last_other = 0;
}

static inline uint32_t addresses_class(uint64_t size_bytes)
{
	uint32_t units;

	if (size_bytes >= CLASS_LARGE * 16 - 23)
		return CLASS_LARGE;
	units = (uint32_t)(size_bytes + 23) / 16;
	return units < 2 ? 2 : units;
}

static inline uint64_t addresses_block_bytes(uint64_t size_bytes)
{
	return size_bytes < 9 ? 32 : (size_bytes + 23) & ~15ull;
}

/* Empties a slot below the top. Returns the class of its block. */
static inline uint32_t addresses_empty_slot(struct addresses *a, uint32_t slot)
{
	a->slots[slot] = 0;
	while (a->top && !a->slots[a->top - 1])
		a->top--;
	return a->slot_classes[slot];
}

static inline void addresses_note_release(struct addresses *a, uint64_t address, uint32_t class)
{
	uint32_t entry = ++a->release_count;

	a->releases[entry] = address;
	a->older[entry] = a->newest[class];
	a->newest[class] = (uint16_t)entry;
	a->last_release = address;
}

/* After an allocation; `reused` tells whether it came out of a release. */
static inline void addresses_note_allocation(struct addresses *a, uint64_t address,
					     uint64_t size_bytes, uint32_t class, int reused)
{
	if (!address)
		return;
	a->slots[a->top] = address;
	a->slot_classes[a->top] = (uint8_t) class;
	a->top++;
	if (!reused)
		a->fresh_end = address + addresses_block_bytes(size_bytes);
}

/* Where the link to the depth-th newest release of a class is stored; the link is 0 if there are
 * not that many. */
static inline uint16_t *addresses_release_link(struct addresses *a, uint32_t class, uint32_t depth)
{
	uint16_t *link = &a->newest[class];

	while (depth-- && *link)
		link = &a->older[*link];
	return link;
}

#endif
