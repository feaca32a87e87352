/* SPDX-License-Identifier: MIT */
/*
 * real_arena_oversize.c - an arena per request that is reset afterwards, but for oversized chunks.
 *
 * What does not fit into a chunk of 2 KB gets a chunk of its own, which the reset does not know of.
 * One request in 60 needs one.
 */
#include "work.h"

enum { CHUNK = 2048 };

struct chunk {
	struct chunk *next;
	size_t used;
	char bytes[];
};

static struct chunk *chunks;
static int oversized, live;

static struct chunk *new_chunk(size_t size)
{
	struct chunk *chunk = malloc(sizeof *chunk + size);

	chunk->used = 0;
	chunk->next = NULL;
	live++;
	return chunk;
}

static char *take(size_t size)
{
	if (size > CHUNK) {
		oversized++;
		return new_chunk(size)->bytes; /* the bug: in no list */
	}
	if (!chunks || chunks->used + size > CHUNK) {
		struct chunk *chunk = new_chunk(CHUNK);

		chunk->next = chunks;
		chunks = chunk;
	}
	chunks->used += size;
	return chunks->bytes + chunks->used - size;
}

static void reset(void)
{
	while (chunks && chunks->next) {
		struct chunk *next = chunks->next;

		free(chunks);
		live--;
		chunks = next;
	}
	if (chunks)
		chunks->used = 0;
}

int main(void)
{
	for (int request = 0; request < 7000; request++) {
		for (int i = 0; i < 12; i++)
			take(50 + roll(700));
		if (roll(60) == 0)
			take(3000 + roll(3000));
		work_parse();
		work_scratch();
		reset();
	}

	expect("site=new_chunk live_blocks=%d truth=leak verdict=leak|growing", live);
	return 0;
}
