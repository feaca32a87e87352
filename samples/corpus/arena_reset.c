/* SPDX-License-Identifier: MIT */
/*
 * arena_reset.c - an arena of chunks per request, reset after each to its first chunk.
 *
 * A report should show the first chunk as kept since the start, and nothing that piles up.
 */
#include "work.h"

struct chunk {
	struct chunk *previous;
	size_t used;
	char bytes[2032];
};

static struct chunk *arena;

static struct chunk *new_chunk(struct chunk *previous)
{
	struct chunk *chunk = malloc(sizeof *chunk);

	chunk->previous = previous;
	chunk->used = 0;
	return chunk;
}

static void *arena_take(size_t size)
{
	if (arena->used + size > sizeof arena->bytes)
		arena = new_chunk(arena);
	arena->used += size;
	return arena->bytes + arena->used - size;
}

static void arena_reset(void)
{
	while (arena->previous) {
		struct chunk *previous = arena->previous;

		free(arena);
		arena = previous;
	}
	arena->used = 0;
}

int main(void)
{
	arena = new_chunk(NULL);
	for (int request = 0; request < 6000; request++) {
		int parts = 5 + (int)roll(60);

		for (int i = 0; i < parts; i++)
			memset(arena_take(16 + roll(120)), 0, 16);
		work_parse();
		work_defer();
		arena_reset();
	}
	work_drain();

	expect("site=new_chunk live_blocks=1 truth=fine");
	expect("live_blocks=1 complete=1");
	return 0;
}
