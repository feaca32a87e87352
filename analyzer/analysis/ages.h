/* SPDX-License-Identifier: MIT */
/*
 * ages.h - a histogram of how old blocks were, on ages that grow by a quarter octave.
 *
 * Ages are of any unit (bytes allocated since, nanoseconds): buckets hold one age each below 8 and
 * from there 4 buckets share every octave, at most 25 % wide. Bucket edges never move, so that two
 * histograms merge by addition and nothing is lost. Only buckets that hold blocks are stored, each
 * once; counts stop at UINT64_MAX instead of wrapping. The replay adds; reports read.
 */
#ifndef TENURE_AGES_H
#define TENURE_AGES_H

#include <stdint.h>

#define AGES_BUCKETS 252u /* 0 to 7, and 4 for each of the 61 octaves above */
#define AGES_EXACT 8u /* buckets below this one hold a single age */

struct age_bucket {
	uint64_t blocks, bytes;
	double byte_seconds; /* memory rent: sum of size times lifetime, as the caller measures it */
	uint32_t bucket;
};

/* Zero-initialise to start; end with ages_release. In no order that means anything. */
struct ages {
	struct age_bucket *list;
	uint32_t count, capacity;
};

/*
 * The bucket of an age: the age itself below 4, then the place of its leading one and the two bits
 * behind that, as HdrHistogram does (Tene, 2012). Monotone, below AGES_BUCKETS.
 */
static inline uint32_t ages_bucket(uint64_t age)
{
	uint32_t shift = 61 - (uint32_t)__builtin_clzll(age | 4);

	return 4 * shift + (uint32_t)(age >> shift);
}

/* The smallest age of a bucket; UINT64_MAX at and beyond AGES_BUCKETS. */
uint64_t ages_floor(uint32_t bucket);

static inline uint64_t ages_add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Where a bucket is in the list, to which it is added if it is not there. Moves buckets. */
struct age_bucket *ages_find(struct ages *a, uint32_t bucket);

/* Counts blocks, of so many bytes together, that died at this age (or have it now). Inline, as every
 * release comes here; most find what they need in front, see ages_find. */
static inline void ages_add(struct ages *a, uint64_t age, uint64_t blocks, uint64_t bytes,
			    double byte_seconds)
{
	uint32_t bucket = ages_bucket(age);
	struct age_bucket *b = a->list;

	if (!a->count || b->bucket != bucket)
		b = ages_find(a, bucket);
	b->blocks = ages_add_saturated(b->blocks, blocks);
	b->bytes = ages_add_saturated(b->bytes, bytes);
	b->byte_seconds += byte_seconds;
}

/* Adds all that `from` holds, which must be another histogram. */
void ages_merge(struct ages *into, const struct ages *from);

/* Frees the list and leaves an empty histogram. */
void ages_release(struct ages *a);

#endif
