/* SPDX-License-Identifier: MIT */
/*
 * pool.h - strings and frames of a profile, each kept once and named by its number.
 *
 * A frame is code as people know it: no build path of its module, and of no address space.
 */
#ifndef TENURE_POOL_H
#define TENURE_POOL_H

#include "../util/numbering.h"

/* Zero-initialise to start; end with pool_release. */
struct pool {
	struct numbering strings, frames;
};

/* Strings by their numbers. No padding: frames are found by their bytes. */
struct pool_frame {
	uint32_t function, file, module, language, note;
	uint32_t line;
	uint64_t offset; /* link-time address in the module */
	uint64_t inlined; /* 0 or 1 */
};

uint32_t pool_string(struct pool *pool, const char *text);
/* Until the next string is added. */
const char *pool_text(const struct pool *pool, uint32_t string);

uint32_t pool_frame(struct pool *pool, const struct pool_frame *frame);
struct pool_frame pool_frame_at(const struct pool *pool, uint32_t frame);

/* Orders frames of any two pools by what they say: below 0, 0 or above, as strcmp. */
int pool_compare(const struct pool *pool_a, uint32_t a, const struct pool *pool_b, uint32_t b);
int pool_compare_strings(const struct pool *pool_a, uint32_t a, const struct pool *pool_b,
			 uint32_t b);

/* The number here of what has another one there. */
uint32_t pool_bring_string(struct pool *to, const struct pool *from, uint32_t string);
uint32_t pool_bring(struct pool *to, const struct pool *from, uint32_t frame);

void pool_release(struct pool *pool);

#endif
