/* SPDX-License-Identifier: MIT */
/*
 * sampling.h - how many blocks one block of a sample stands for.
 *
 * The recorder takes a block of s bytes with probability 1/w, w as below, a whole number (see
 * preload/sample.h, which computes the same). By Horvitz and Thompson (1952) sums of w over the
 * blocks taken are unbiased estimates of numbers of blocks, sums of w s of bytes; and sums of
 * w (w - 1) and of w (w - 1) s^2 of their variances, as blocks are taken independently.
 */
#ifndef TENURE_SAMPLING_H
#define TENURE_SAMPLING_H

#include <stdint.h>

/* No program has blocks that are further apart; keeps weights of hostile traces in range. */
#define SAMPLING_INTERVAL_MAX (1ull << 40)

/* interval_bytes, up to SAMPLING_INTERVAL_MAX; 0: everything was recorded. */
static inline uint64_t sampling_weight(uint64_t interval_bytes, uint64_t size_bytes)
{
	double ratio, inverse;
	uint64_t whole;

	if (size_bytes >= interval_bytes)
		return 1;
	ratio = (double)interval_bytes / (double)(size_bytes ? size_bytes : 1);
	inverse = ratio + 0.5 + 1 / (12 * ratio);
	whole = (uint64_t)inverse;
	return (double)whole < inverse ? whole + 1 : whole;
}

#endif
