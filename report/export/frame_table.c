/* SPDX-License-Identifier: MIT */
#include "frame_table.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../../analyzer/util/array.h"

#define SLOTS_AT_FIRST 1024u

/* Names are not part of it: they seldom differ where all of this is the same. */
static uint32_t hash_frame(const struct model_frame *frame)
{
	uint64_t key[3] = {frame->offset, (uint64_t)frame->line << 1 | frame->inlined, 0};

	key[2] = XXH64(frame->module, strlen(frame->module), frame->function[0]);
	return (uint32_t)XXH64(key, sizeof key, 0);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || !strcmp(a, b);
}

static bool same_frame(const struct model_frame *a, const struct model_frame *b)
{
	return a->offset == b->offset && a->line == b->line && a->inlined == b->inlined &&
	       same_text(a->function, b->function) && same_text(a->file, b->file) &&
	       same_text(a->module, b->module) && same_text(a->language, b->language) &&
	       same_text(a->note, b->note);
}

static void enlarge(struct frame_table *t)
{
	t->slot_count = t->slot_count ? 2 * t->slot_count : SLOTS_AT_FIRST;
	free(t->slots);
	t->slots = xcalloc(t->slot_count, sizeof *t->slots);
	for (uint32_t i = 0; i < t->count; i++) {
		uint32_t slot = t->hashes[i] & (t->slot_count - 1);

		while (t->slots[slot])
			slot = (slot + 1) & (t->slot_count - 1);
		t->slots[slot] = i + 1;
	}
}

uint32_t frame_table_number(struct frame_table *t, const struct model_frame *frame)
{
	uint32_t hash = hash_frame(frame);
	uint32_t slot;

	if (t->count >= t->slot_count / 2)
		enlarge(t);
	for (slot = hash & (t->slot_count - 1); t->slots[slot];
	     slot = (slot + 1) & (t->slot_count - 1)) {
		uint32_t number = t->slots[slot];

		if (t->hashes[number - 1] == hash && same_frame(t->frames[number - 1], frame))
			return number;
	}
	ARRAY_GROW(t->frames, t->count + 1, t->frame_capacity);
	ARRAY_GROW(t->hashes, t->count + 1, t->hash_capacity);
	t->frames[t->count] = frame;
	t->hashes[t->count] = hash;
	t->slots[slot] = ++t->count;
	return t->count;
}

void frame_table_release(struct frame_table *t)
{
	free(t->frames);
	free(t->hashes);
	free(t->slots);
	memset(t, 0, sizeof *t);
}
