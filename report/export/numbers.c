/* SPDX-License-Identifier: MIT */
#define XXH_INLINE_ALL
#include "numbers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../../analyzer/util/array.h"

#define SLOTS_MIN 1024

static size_t next_slot(const struct numbers_slots *s, size_t slot)
{
	return (slot + 1) & (s->capacity - 1);
}

/* Room for one more of `count`; keeps a third free. */
static void grow(struct numbers_slots *s, size_t count)
{
	struct numbers_slots larger = {.capacity = s->capacity ? s->capacity * 2 : SLOTS_MIN};

	if (s->capacity && count * 3 < s->capacity * 2)
		return;
	larger.slots = xcalloc(larger.capacity, sizeof *larger.slots);
	for (size_t i = 0; i < s->capacity; i++) {
		size_t at = s->slots[i].hash & (larger.capacity - 1);

		if (!s->slots[i].next)
			continue;
		while (larger.slots[at].next)
			at = next_slot(&larger, at);
		larger.slots[at] = s->slots[i];
	}
	free(s->slots);
	*s = larger;
}

uint32_t triple_numbers_get(struct triple_numbers *t, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t key[3] = {a, b, c};
	uint32_t hash = (uint32_t)XXH3_64bits(key, sizeof key);
	size_t slot;

	grow(&t->slots, t->count);
	for (slot = hash & (t->slots.capacity - 1); t->slots.slots[slot].next;
	     slot = next_slot(&t->slots, slot)) {
		uint32_t number = t->slots.slots[slot].next - 1;

		if (t->slots.slots[slot].hash == hash && !memcmp(t->keys[number], key, sizeof key))
			return number;
	}
	ARRAY_GROW(t->keys, t->count + 1, t->capacity);
	memcpy(t->keys[t->count], key, sizeof key);
	t->slots.slots[slot] = (struct numbers_slot){hash, ++t->count};
	return t->count - 1;
}

void triple_numbers_release(struct triple_numbers *t)
{
	free(t->keys);
	free(t->slots.slots);
}

static uint64_t hash_text(const char *text, uint64_t hash)
{
	return XXH3_64bits_withSeed(text, strlen(text), hash);
}

static bool is_nameless(const struct model_frame *frame)
{
	return !*frame->function && !*frame->note;
}

static uint32_t hash_frame(enum frames_by by, const struct model_frame *frame)
{
	uint64_t hash = 0;

	if (by != FRAMES_BY_FILE)
		hash = hash_text(frame->module, hash);
	if (by != FRAMES_BY_MODULE)
		hash = hash_text(frame->file, hash);
	if (by == FRAMES_BY_PLACE || by == FRAMES_BY_FUNCTION)
		hash = hash_text(frame->note, hash_text(frame->function, hash));
	if (by == FRAMES_BY_PLACE || (by == FRAMES_BY_FUNCTION && is_nameless(frame)))
		hash = (hash ^ frame->offset) * 0x9e3779b97f4a7c15u;
	if (by == FRAMES_BY_PLACE)
		hash = (hash ^ frame->line) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(hash ^ hash >> 32);
}

/* Strings of a model stay where they are, so most equal ones are the same. */
static bool same(const char *a, const char *b)
{
	return a == b || !strcmp(a, b);
}

static bool equal(enum frames_by by, const struct model_frame *a, const struct model_frame *b)
{
	if (by == FRAMES_BY_FILE)
		return same(a->file, b->file);
	if (!same(a->module, b->module))
		return false;
	if (by == FRAMES_BY_MODULE)
		return true;
	if (!same(a->file, b->file) || !same(a->function, b->function) || !same(a->note, b->note))
		return false;
	if (by == FRAMES_BY_FUNCTION)
		return !is_nameless(a) || a->offset == b->offset;
	return a->offset == b->offset && a->line == b->line && a->inlined == b->inlined;
}

uint32_t frame_numbers_get(struct frame_numbers *f, const struct model_frame *frame)
{
	uint32_t hash = hash_frame(f->by, frame);
	size_t slot;

	grow(&f->slots, f->count);
	for (slot = hash & (f->slots.capacity - 1); f->slots.slots[slot].next;
	     slot = next_slot(&f->slots, slot)) {
		uint32_t number = f->slots.slots[slot].next - 1;

		if (f->slots.slots[slot].hash == hash && equal(f->by, f->first[number], frame))
			return number;
	}
	ARRAY_GROW(f->first, f->count + 1, f->capacity);
	f->first[f->count++] = frame;
	f->slots.slots[slot] = (struct numbers_slot){hash, f->count};
	return f->count - 1;
}

void frame_numbers_release(struct frame_numbers *f)
{
	free(f->first);
	free(f->slots.slots);
}
