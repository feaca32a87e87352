/* SPDX-License-Identifier: MIT */
/*
 * intervals.h - a set of address ranges, each with a number: what the program has mapped and from which
 * stack, for example, or what memory is for.
 *
 * Disjoint half-open ranges in a treap (Seidel and Aragon, 1996) ordered by start, so that taking
 * out any range, even one that cuts through others, costs O(log n). Ranges taken out can be put
 * back as they were: an mremap that failed undoes its beginning.
 */
#ifndef TENURE_INTERVALS_H
#define TENURE_INTERVALS_H

#include <stdbool.h>
#include <stdint.h>

struct interval; /* a treap of ranges */

/* Zero-initialise to start; end with intervals_release. */
struct intervals {
	struct interval *root;
	uint64_t count, bytes; /* of all ranges */
	uint64_t random; /* state of the priorities' generator */
};

struct interval_range {
	uint64_t start, end;
	uint32_t number;
};

/* Adds [start, end), replacing what was there. */
void intervals_add(struct intervals *set, uint64_t start, uint64_t end, uint32_t number);

/* The lowest range that ends above an address; false if there is none. */
bool intervals_next(const struct intervals *set, uint64_t above, struct interval_range *range);

/* Takes [start, end) out. You own the result: give it to intervals_restore or intervals_drop. */
struct interval *intervals_cut(struct intervals *set, uint64_t start, uint64_t end);

/* Puts ranges back, over whatever is there by now. */
void intervals_restore(struct intervals *set, struct interval *pieces);

void intervals_drop(struct interval *pieces);

void intervals_release(struct intervals *set);

#endif
