/* SPDX-License-Identifier: MIT */
/*
 * coresidence.h - which pairs of sites share pages: one with blocks that stay, one with blocks
 * that go. A pair with many pages is what a pool of its own for either site would part.
 *
 * A hash table by pair that never holds more than 2^20 pairs nor looks at more than 64 slots, so
 * that no input makes it slow; pairs for which there is no place are counted instead. Only the
 * fragmentation survey calls this.
 */
#ifndef TENURE_CORESIDENCE_H
#define TENURE_CORESIDENCE_H

#include <stddef.h>
#include <stdint.h>

struct coresidence_pair {
	uint32_t long_lived, short_lived; /* sites */
	uint64_t pages; /* on which both hold blocks of that kind */
	uint64_t pinned_bytes; /* on these; pairs may share a page, so their sum means nothing */
};

/* Zero-initialise to start; end with coresidence_release. */
struct coresidence {
	struct coresidence_pair *slots; /* pages is 0 in an empty one */
	unsigned int slot_bits;
	size_t count;
	uint64_t dropped; /* pages that a pair without a place would have been given */
};

/* One more page that the two share. */
void coresidence_add(struct coresidence *pairs, uint32_t long_lived, uint32_t short_lived,
		     uint64_t pinned_bytes);

/*
 * Writes up to `most` pairs, those with the most pages first, among equals those with the most
 * pinned bytes, then by site. Returns how many.
 */
size_t coresidence_best(const struct coresidence *pairs, struct coresidence_pair *best,
			size_t most);

void coresidence_release(struct coresidence *pairs);

#endif
