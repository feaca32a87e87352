/* SPDX-License-Identifier: MIT */
/*
 * arena.h - memory that lives as long as a phase of the analysis and is freed wholesale.
 */
#ifndef TENURE_ARENA_H
#define TENURE_ARENA_H

#include <stddef.h>

struct arena_block;

/* Zero-initialise to start; end with arena_release. */
struct arena {
	struct arena_block *blocks;
	size_t used_bytes, block_bytes; /* of the newest block */
};

/* Zeroed, aligned to 16; never fails (ends the analyzer instead). */
void *arena_alloc(struct arena *a, size_t bytes);

/* Copies into the arena, NUL-ended. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t bytes);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

void arena_release(struct arena *a);

#endif
