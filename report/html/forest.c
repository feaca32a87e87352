/* SPDX-License-Identifier: MIT */
#include "forest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../../analyzer/util/human.h"
#include "../../analyzer/util/origins.h"
#include "../stack.h"
#include "../visible.h"

#define STRING_MAX 2000 /* bytes; longer names are cut, and say so */

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
	uint32_t number;
	bool fresh;

	cut(visible);
	number = numbering_find(&f->strings, visible, strlen(visible) + 1, &fresh);
	free(visible);
	return number;
}

const char *forest_text(const struct forest *f, uint32_t string)
{
	return numbering_content(&f->strings, string);
}

const struct forest_frame *forest_frame(const struct forest *f, uint32_t frame)
{
	return numbering_content(&f->frames, frame);
}

static uint32_t intern_frame(struct forest *f, const struct forest_frame *frame)
{
	bool fresh;

	return numbering_find(&f->frames, frame, sizeof *frame, &fresh);
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

/* What is made of a frame takes long, and most frames were in the stack before. */
static uint32_t frame_of(struct forest *f, const struct model_frame *from)
{
	bool fresh;
	uint32_t address = frame_keys_find(&f->addresses, from, &fresh);

	if (fresh) {
		ARRAY_GROW(f->frame_of_address, address + 1, f->address_capacity);
		f->frame_of_address[address] = name_frame(f, from);
	}
	return f->frame_of_address[address];
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
	uint32_t key[] = {parent, frame};
	bool fresh;
	uint32_t number = numbering_find(&f->children, key, sizeof key, &fresh);

	return fresh ? add_node(f, parent, frame) : number + 1;
}

static void begin(struct forest *f)
{
	struct forest_frame root = {.function = forest_string(f, "")};

	add_node(f, 0, intern_frame(f, &root));
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
	numbering_release(&f->strings);
	numbering_release(&f->frames);
	numbering_release(&f->children);
	numbering_release(&f->addresses);
	free(f->frame_of_address);
	free(f->nodes);
	free(f->rows);
	memset(f, 0, sizeof *f);
}
