/* SPDX-License-Identifier: MIT */
/*
 * intervals.h - which address ranges the program has mapped, and from which stack.
 *
 * Disjoint half-open ranges in a treap (Seidel and Aragon, 1996) ordered by start, so that taking
 * out any range, even one that cuts through others, costs O(log n). Ranges taken out can be put
 * back as they were: an mremap that failed undoes its beginning.
 */
#ifndef TENURE_INTERVALS_H
#define TENURE_INTERVALS_H

#include <stdint.h>

struct interval; /* a treap of ranges */

/* Zero-initialise to start; end with intervals_release. */
struct intervals {
	struct interval *root;
	uint64_t count, bytes; /* of all ranges */
	uint64_t random; /* state of the priorities' generator */
};

/* Maps [start, end), replacing what was there. */
void intervals_add(struct intervals *set, uint64_t start, uint64_t end, uint32_t stack);

/* Takes [start, end) out. You own the result: give it to intervals_restore or intervals_drop. */
struct interval *intervals_cut(struct intervals *set, uint64_t start, uint64_t end);

/* Puts ranges back, over whatever is there by now. */
void intervals_restore(struct intervals *set, struct interval *pieces);

void intervals_drop(struct interval *pieces);

void intervals_release(struct intervals *set);

#endif
