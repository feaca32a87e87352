/* SPDX-License-Identifier: MIT */
/* allocators.c - each way to get a block from libc, and to lose it. */
#define _GNU_SOURCE
#include <stdint.h>

#include "heap.h"

CASE(lost_malloc, "direct 1 64")
{
	malloc(64);
}

CASE(lost_calloc, "direct 1 96")
{
	calloc(3, 32);
}

/* A block of no bytes is a block. */
CASE(lost_malloc_0, "direct 1 0")
{
	malloc(0);
}

CASE(kept_malloc_0, "reachable 1 0")
{
	kept = malloc(0);
}

/* So large that the allocator maps it on its own. Under memcheck blocks have low addresses, some number
 * looks like a pointer into the middle of so large a one, and it is possible. */
CASE(lost_huge, "direct 1 33554432")
{
	malloc(32 << 20);
}

CASE(kept_huge, "reachable 1 33554432")
{
	kept = malloc(32 << 20);
}

CASE(lost_posix_memalign, "direct 1 100")
{
	void *block;

	posix_memalign(&block, 4096, 100);
}

CASE(kept_posix_memalign, "reachable 1 100")
{
	void *block;

	posix_memalign(&block, 4096, 100);
	kept = block;
}

CASE(lost_aligned_alloc, "direct 1 128")
{
	aligned_alloc(64, 128);
}

CASE(lost_reallocarray, "direct 1 80")
{
	reallocarray(NULL, 10, 8);
}

/* The block moved, and the only pointer to it is the one to where it was. */
CASE(moved_by_realloc, "direct 1 1048576")
{
	kept = malloc(64);
	realloc(kept, 1 << 20);
}

/* The classic: realloc fails, and its NULL overwrites the pointer to the old block, which lives on. */
CASE(failed_realloc, "direct 1 64")
{
	kept = malloc(64);
	kept = realloc(kept, PTRDIFF_MAX);
}

CASE(kept_realloc, "reachable 1 1048576")
{
	kept = malloc(64);
	kept = realloc(kept, 1 << 20);
}

/* What is freed is no leak of any kind. */
CASE(freed, "reachable 0 0")
{
	free(malloc(64));
	free(calloc(3, 32));
	free(aligned_alloc(64, 128));
	free(realloc(malloc(64), 1 << 20));
}
