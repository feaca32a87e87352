/* SPDX-License-Identifier: MIT */
#include "equal_strings.h"

#include <stdlib.h>
#include <xxhash.h>

#include "../util/array.h"

#define ROOM_FIRST 1024u
#define TEXTS_MOST (1u << 20)

/* The text's entry, or the free one that it would get. */
static struct equal_string *find(const struct equal_strings *e, uint64_t hash)
{
	size_t at = hash & (e->room - 1);

	while (e->list[at].count && e->list[at].hash != hash)
		at = (at + 1) & (e->room - 1);
	return &e->list[at];
}

static void grow(struct equal_strings *e)
{
	struct equal_strings larger = {.room = e->room ? 2 * e->room : ROOM_FIRST};

	larger.list = xcalloc(larger.room, sizeof *larger.list);
	for (size_t i = 0; i < e->room; i++)
		if (e->list[i].count)
			*find(&larger, e->list[i].hash) = e->list[i];
	free(e->list);
	e->list = larger.list;
	e->room = larger.room;
}

/* xorshift64 (Marsaglia, 2003). */
static uint64_t next_random(struct equal_strings *e)
{
	if (!e->random)
		e->random = 0x9e3779b97f4a7c15ull;
	e->random ^= e->random << 13;
	e->random ^= e->random >> 7;
	e->random ^= e->random << 17;
	return e->random;
}

void equal_strings_see(struct equal_strings *e, uint64_t address, const char *text,
		       size_t text_bytes)
{
	uint64_t hash = XXH3_64bits(text, text_bytes);
	struct equal_string *entry;

	if (2 * e->used >= e->room && e->used < TEXTS_MOST)
		grow(e);
	entry = find(e, hash);
	if (!entry->count) {
		if (e->used == TEXTS_MOST)
			return;
		e->used++;
		*entry = (struct equal_string){hash, address, 1, (uint32_t)text_bytes};
		return;
	}
	if (entry->count < UINT32_MAX)
		entry->count++;
	if (!(next_random(e) % entry->count))
		entry->address = address;
}

void equal_strings_release(struct equal_strings *e)
{
	free(e->list);
	*e = (struct equal_strings){0};
}
