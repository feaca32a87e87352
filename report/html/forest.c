/* SPDX-License-Identifier: MIT */
#define XXH_INLINE_ALL
#include "forest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../../analyzer/util/array.h"
#include "../../analyzer/util/human.h"
#include "../../analyzer/util/origins.h"
#include "../stack.h"
#include "../visible.h"

#define STRING_MAX 2000 /* bytes; longer names are cut, and say so */
#define SLOTS_MIN 1024

typedef uint64_t hash_of(const struct forest *f, uint32_t item);

static uint64_t hash_string(const struct forest *f, uint32_t item)
{
	return XXH3_64bits(f->strings[item], strlen(f->strings[item]));
}

static uint64_t hash_frame(const struct forest *f, uint32_t item)
{
	return XXH3_64bits(&f->frames[item], sizeof f->frames[item]);
}

static uint64_t hash_child(const struct forest *f, uint32_t item)
{
	uint32_t key[2] = {f->nodes[item].parent, f->nodes[item].frame};

	return XXH3_64bits(key, sizeof key);
}

/* Room for one more of `count` items; keeps a third free. */
static void grow(struct forest_index *index, const struct forest *f, size_t count, hash_of *hash)
{
	struct forest_index larger = {.capacity = index->capacity ? index->capacity * 2
								  : SLOTS_MIN};

	if (index->capacity && count * 3 < index->capacity * 2)
		return;
	larger.slots = xcalloc(larger.capacity, sizeof *larger.slots);
	for (size_t i = 0; i < index->capacity; i++) {
		uint32_t item = index->slots[i];
		size_t at;

		if (!item)
			continue;
		at = hash(f, item - 1) & (larger.capacity - 1);
		while (larger.slots[at])
			at = (at + 1) & (larger.capacity - 1);
		larger.slots[at] = item;
	}
	free(index->slots);
	*index = larger;
}

/* The slot where an item of this hash may stand, the first one of a run. */
static size_t first_slot(const struct forest_index *index, uint64_t hash)
{
	return hash & (index->capacity - 1);
}

static size_t next_slot(const struct forest_index *index, size_t slot)
{
	return (slot + 1) & (index->capacity - 1);
}

/* Long names are cut between two characters, and one that was cut ends in dots. */
static void cut(char *text)
{
	size_t length = strlen(text);

	if (length <= STRING_MAX)
		return;
	length = STRING_MAX - 3;
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	strcpy(text + length, "...");
}

uint32_t forest_string(struct forest *f, const char *text)
{
	char *visible = visible_copy(text);
	uint64_t hash;
	size_t slot;

	cut(visible);
	hash = XXH3_64bits(visible, strlen(visible));
	grow(&f->by_string, f, f->string_count, hash_string);
	for (slot = first_slot(&f->by_string, hash); f->by_string.slots[slot];
	     slot = next_slot(&f->by_string, slot)) {
		uint32_t item = f->by_string.slots[slot] - 1;

		if (!strcmp(f->strings[item], visible)) {
			free(visible);
			return item;
		}
	}
	ARRAY_GROW(f->strings, f->string_count + 1, f->string_capacity);
	f->strings[f->string_count++] = visible;
	f->by_string.slots[slot] = (uint32_t)f->string_count;
	return (uint32_t)f->string_count - 1;
}

static uint32_t intern_frame(struct forest *f, const struct forest_frame *frame)
{
	uint64_t hash = XXH3_64bits(frame, sizeof *frame);
	size_t slot;

	grow(&f->by_frame, f, f->frame_count, hash_frame);
	for (slot = first_slot(&f->by_frame, hash); f->by_frame.slots[slot];
	     slot = next_slot(&f->by_frame, slot)) {
		uint32_t item = f->by_frame.slots[slot] - 1;

		if (!memcmp(&f->frames[item], frame, sizeof *frame))
			return item;
	}
	ARRAY_GROW(f->frames, f->frame_count + 1, f->frame_capacity);
	f->frames[f->frame_count++] = *frame;
	f->by_frame.slots[slot] = (uint32_t)f->frame_count;
	return (uint32_t)f->frame_count - 1;
}

static uint32_t name_frame(struct forest *f, const struct model_frame *from)
{
	struct forest_frame frame = {.line = from->line};
	char function[4096];

	stack_function(from, function, sizeof function);
	frame.function = forest_string(f, function);
	frame.file = forest_string(f, from->file);
	frame.module = forest_string(f, from->module);
	if (from->inlined)
		frame.flags |= FOREST_INLINED;
	if (*from->note)
		frame.flags |= FOREST_NOTE;
	else if (stack_is_library(from))
		frame.flags |= FOREST_LIBRARY;
	if (origins_is_startup(from->function))
		frame.flags |= FOREST_STARTUP;
	return intern_frame(f, &frame);
}

/* The strings of a model stay where they are, so equal pointers are equal frames; and most frames were
 * in the stack before. */
static uint32_t frame_of(struct forest *f, const struct model_frame *from)
{
	const void *key[] = {from->function,
			     from->file,
			     from->module,
			     from->note,
			     (const void *)(uintptr_t)from->offset,
			     (const void *)(uintptr_t)(from->line * 2ull + from->inlined)};
	struct forest_recent *recent = &f->recent[XXH3_64bits(key, sizeof key) % FOREST_RECENT];

	if (memcmp(recent->key, key, sizeof key) != 0) {
		recent->frame = name_frame(f, from);
		memcpy(recent->key, key, sizeof key);
	}
	return recent->frame;
}

static uint32_t add_node(struct forest *f, uint32_t parent, uint32_t frame)
{
	uint32_t node = (uint32_t)f->node_count;

	ARRAY_GROW(f->nodes, f->node_count + 1, f->node_capacity);
	f->nodes[f->node_count++] = (struct forest_node){.parent = parent, .frame = frame};
	if (!node)
		return node;
	if (f->nodes[parent].last_child)
		f->nodes[f->nodes[parent].last_child].sibling = node;
	else
		f->nodes[parent].first_child = node;
	f->nodes[parent].last_child = node;
	return node;
}

static uint32_t child_of(struct forest *f, uint32_t parent, uint32_t frame)
{
	uint32_t key[2] = {parent, frame};
	uint64_t hash = XXH3_64bits(key, sizeof key);
	size_t slot;

	grow(&f->by_child, f, f->node_count, hash_child);
	for (slot = first_slot(&f->by_child, hash); f->by_child.slots[slot];
	     slot = next_slot(&f->by_child, slot)) {
		uint32_t item = f->by_child.slots[slot] - 1;

		if (f->nodes[item].parent == parent && f->nodes[item].frame == frame)
			return item;
	}
	f->by_child.slots[slot] = add_node(f, parent, frame) + 1;
	return f->by_child.slots[slot] - 1;
}

static void begin(struct forest *f)
{
	struct forest_frame root = {.function = forest_string(f, "")};

	add_node(f, 0, intern_frame(f, &root));
	f->recent = xcalloc(FOREST_RECENT, sizeof *f->recent);
}

uint32_t forest_add(struct forest *f, const struct model_stack *stack, bool all_frames,
		    double weight)
{
	struct stack_range range = stack_shown(stack, all_frames);
	uint32_t node = 0;

	if (!f->node_count)
		begin(f);
	if (!stack->frame_count) {
		struct forest_frame none = {.function = forest_string(f, "(no call stack)"),
					    .flags = FOREST_NOTE};

		node = child_of(f, 0, intern_frame(f, &none));
	}
	for (uint32_t i = range.end; i > range.first; i--)
		node = child_of(f, node, frame_of(f, &stack->frames[i - 1]));
	f->nodes[node].weight += weight;
	f->nodes[node].leaves++;
	return node;
}

/* What is known of all below a node. */
struct subtree {
	double weight;
	uint32_t leaves;
	uint32_t rest; /* row of what is folded directly below it; 0: none */
};

/* Children come after their parents, so that one pass from the end adds up all subtrees. */
static struct subtree *add_up(const struct forest *f)
{
	struct subtree *subtrees = xcalloc(f->node_count, sizeof *subtrees);

	for (size_t i = f->node_count; i-- > 0;) {
		struct subtree *parent = &subtrees[f->nodes[i].parent];

		subtrees[i].weight += f->nodes[i].weight;
		subtrees[i].leaves += f->nodes[i].leaves;
		if (i) {
			parent->weight += subtrees[i].weight;
			parent->leaves += subtrees[i].leaves;
		}
	}
	return subtrees;
}

static void choose(struct forest *f, const struct subtree *subtrees, double least)
{
	for (size_t i = 1; i < f->node_count; i++)
		f->nodes[i].folded = f->nodes[f->nodes[i].parent].folded ||
				     subtrees[i].weight < least;
}

static uint32_t note_frame(struct forest *f, uint32_t sites)
{
	struct forest_frame frame = {.flags = FOREST_NOTE};
	char text[80];

	snprintf(text, sizeof text, "(%s smaller site%s)", human_count(sites).text,
		 human_plural(sites));
	frame.function = forest_string(f, text);
	return intern_frame(f, &frame);
}

static uint32_t add_row(struct forest *f, uint32_t parent, uint32_t frame)
{
	uint32_t row = (uint32_t)f->row_count;

	ARRAY_GROW(f->rows, f->row_count + 1, f->row_capacity);
	f->rows[f->row_count++] = (struct forest_row){row - parent, frame};
	return row;
}

static uint32_t skip_folded(const struct forest *f, uint32_t node)
{
	while (node && f->nodes[node].folded)
		node = f->nodes[node].sibling;
	return node;
}

/* After the last child: one row for those that were left out. */
static void put_rest(struct forest *f, struct subtree *subtrees, uint32_t node)
{
	uint32_t leaves = 0;

	for (uint32_t i = f->nodes[node].first_child; i; i = f->nodes[i].sibling)
		if (f->nodes[i].folded)
			leaves += subtrees[i].leaves;
	if (leaves)
		subtrees[node].rest = add_row(f, f->nodes[node].row, note_frame(f, leaves));
}

static void make_rows(struct forest *f, struct subtree *subtrees)
{
	uint32_t node = 0, next;

	f->row_count = 0;
	f->nodes[0].row = add_row(f, 0, 0);
	for (;;) {
		next = skip_folded(f, f->nodes[node].first_child);
		while (!next) {
			put_rest(f, subtrees, node);
			if (!node)
				return;
			next = skip_folded(f, f->nodes[node].sibling);
			node = f->nodes[node].parent;
		}
		f->nodes[next].row = add_row(f, f->nodes[f->nodes[next].parent].row,
					     f->nodes[next].frame);
		node = next;
	}
}

void forest_seal(struct forest *f, double least)
{
	struct subtree *subtrees;

	if (!f->node_count)
		begin(f);
	subtrees = add_up(f);
	choose(f, subtrees, least);
	make_rows(f, subtrees);
	for (size_t i = 1; i < f->node_count; i++) {
		uint32_t parent = f->nodes[i].parent;

		if (f->nodes[i].folded)
			f->nodes[i].row = f->nodes[parent].folded ? f->nodes[parent].row
								  : subtrees[parent].rest;
	}
	free(subtrees);
}

void forest_release(struct forest *f)
{
	for (size_t i = 0; i < f->string_count; i++)
		free(f->strings[i]);
	free(f->strings);
	free(f->frames);
	free(f->nodes);
	free(f->rows);
	free(f->by_string.slots);
	free(f->by_frame.slots);
	free(f->by_child.slots);
	free(f->recent);
	memset(f, 0, sizeof *f);
}
