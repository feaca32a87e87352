/* SPDX-License-Identifier: MIT */
#include "python_objects.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_offsets.h"

/* md_name, Include/internal/pycore_moduleobject.h */
#define MODULE_NAME_OFFSET 48
#define MODULE_NAME_OFFSET_315 40 /* since 3.15 */

/* Names in memory that a file was mapped to; names and mappings both ascend. */
static void find_statics(struct python_objects *o)
{
	const struct trace_snapshot *s = o->snapshot;
	uint32_t mapping = 0;

	o->statics = xcalloc(s->name_count + 1, sizeof *o->statics);
	for (uint32_t i = 0; i < s->name_count; i++) {
		uint64_t address = s->names[i].address;

		while (mapping < s->mapping_count && s->mappings[mapping].end <= address)
			mapping++;
		if (mapping < s->mapping_count && s->mappings[mapping].start <= address &&
		    s->mappings[mapping].name[0] == '/' && s->names[i].kind == TRACE_NAME_STRING)
			o->statics[o->static_count++] = &s->names[i];
	}
}

/* Of which words of such objects it is known that they are no pointers. */
static uint16_t opaque_of(const char *class)
{
	static const char *const numbers[] = {"int", "float", "complex", "bytes"};

	if (!strcmp(class, "str"))
		return GRAPH_BLOCK_TEXT;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!strcmp(class, numbers[i]))
			return GRAPH_BLOCK_DIGITS;
	return 0;
}

void python_objects_init(struct python_objects *o, const struct trace_snapshot *snapshot,
			 uint32_t version, size_t block_count)
{
	*o = (struct python_objects){
		.snapshot = snapshot,
		.module_name_offset = version >= 0x030f0000 ? MODULE_NAME_OFFSET_315
							    : MODULE_NAME_OFFSET,
	};
	o->classes = xcalloc(snapshot->name_count + 1, sizeof *o->classes);
	for (uint32_t i = 0; i < snapshot->name_count; i++)
		if (snapshot->names[i].kind == TRACE_NAME_CLASS)
			o->classes[o->class_count++] = &snapshot->names[i];
	if (!o->class_count)
		return;
	o->class_of = xcalloc(block_count + 1, sizeof *o->class_of);
	o->opaque = xcalloc(snapshot->name_count, sizeof *o->opaque);
	for (uint32_t i = 0; i < snapshot->name_count; i++)
		if (snapshot->names[i].kind == TRACE_NAME_CLASS)
			o->opaque[i] = opaque_of(snapshot->names[i].text);
	find_statics(o);
}

void python_objects_release(struct python_objects *o)
{
	free(o->classes);
	free(o->class_of);
	free(o->modules);
	free(o->statics);
	free(o->opaque);
	free(o->labels);
	python_values_release(&o->values);
	memset(o, 0, sizeof *o);
}

/* NULL: none in the list has this address. */
static const struct trace_object_name *find_name(const struct trace_object_name **list,
						 size_t count, uint64_t address)
{
	size_t low = 0, high = count;

	if (!high || address < list[0]->address || address > list[high - 1]->address)
		return NULL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (list[middle]->address <= address)
			low = middle;
		else
			high = middle;
	}
	return list[low]->address == address ? list[low] : NULL;
}

/* What its objects have in front of them. */
static uint64_t head_of(const struct trace_object_name *class)
{
	if (!(class->flags & PYTHON_HAVE_GC))
		return 0;
	return class->flags & (PYTHON_MANAGED_DICT | PYTHON_MANAGED_WEAKREFS) ? 2 * PYTHON_HEAD
									      : PYTHON_HEAD;
}

/* Other blocks may hold a class at the same place, but hardly ever have the size of its objects. */
static bool fits(const struct graph_block *block, const struct trace_object_name *class)
{
	uint64_t least = head_of(class) + class->basic_bytes;

	if (!(class->flags & PYTHON_HAVE_GC))
		return true; /* strings are as long as they need */
	if (class->item_bytes || class->flags & PYTHON_INLINE_VALUES)
		return block->size >= least;
	return block->size >= least && block->size <= ((least + 7) & ~7ull);
}

static void take(struct python_objects *o, struct graph_block *block, uint64_t offset,
		 const struct trace_object_name *class, struct types *types)
{
	uint64_t head = head_of(class);

	if (block->flags &
		    (GRAPH_BLOCK_OBJECT | GRAPH_BLOCK_HEAD_FIRST | GRAPH_BLOCK_HEAD_SECOND) ||
	    offset != head + PYTHON_CLASS || !fits(block, class))
		return;
	block->flags |= !head		      ? GRAPH_BLOCK_OBJECT
			: head == PYTHON_HEAD ? GRAPH_BLOCK_HEAD_FIRST
					      : GRAPH_BLOCK_HEAD_SECOND;
	block->flags |= o->opaque[class - o->snapshot->names];
	types_vote(types, block->site, class->address);
	o->class_of[o->at] = (uint32_t)(class - o->snapshot->names) + 1;
	python_values_found(&o->values, block->address, class);
	if (!strcmp(class->text, "module"))
		o->module = block->address + head;
}

static void add_module(struct python_objects *o, uint64_t name_address)
{
	const char *name = python_objects_name(o->snapshot, name_address, TRACE_NAME_STRING);

	if (name) {
		ARRAY_GROW(o->modules, o->module_count + 1, o->module_capacity);
		o->modules[o->module_count++] = (struct python_module){o->module, name};
	}
	o->module = 0;
}

static void add_label(struct python_objects *o, const struct graph_block *block, uint64_t address,
		      const char *name)
{
	const struct trace_object_name *class = python_objects_class(o, (uint32_t)o->at);

	if (!(block->flags & GRAPH_BLOCK_ANYWHERE) || address >= blocks_end(block) ||
	    (class && strcmp(class->text, "tuple") != 0))
		return;
	ARRAY_GROW(o->labels, o->label_count + 1, o->label_capacity);
	o->labels[o->label_count++] = (struct python_label){address, name};
}

void python_objects_see(struct python_objects *o, struct graph_block *blocks, size_t block_count,
			const struct trace_word *words, size_t word_count, struct types *types)
{
	for (size_t i = 0; i < word_count; i++) {
		uint64_t address = words[i].address, value = words[i].value;
		const struct trace_object_name *class, *name;
		struct graph_block *block;

		python_values_see(&o->values, &words[i]);
		if (o->module && address == o->module + o->module_name_offset)
			add_module(o, value);
		class = find_name(o->classes, o->class_count, value);
		name = class ? NULL : find_name(o->statics, o->static_count, value);
		if (!class && !name)
			continue;
		while (o->at + 1 < block_count && blocks[o->at + 1].address <= address)
			o->at++;
		if (o->at >= block_count)
			continue;
		block = &blocks[o->at];
		if (name)
			add_label(o, block, address, name->text);
		/* Other memory may hold what is left of an object that was there before. */
		else if (block->flags & GRAPH_BLOCK_OBJECT_DOMAIN && block->address < address)
			take(o, block, address - block->address, class, types);
	}
}

void python_objects_seen(struct python_objects *o, struct graph_block *blocks, size_t block_count)
{
	struct blocks index = {0};

	blocks_init(&index, blocks, block_count);
	for (size_t i = 0; i < o->values.count; i++) {
		uint32_t block = blocks_find(&index, o->values.list[i]);

		/* The first word may also lead to objects. */
		if (block != BLOCKS_NONE && blocks[block].flags & GRAPH_BLOCK_ANYWHERE &&
		    !(blocks[block].flags & GRAPH_BLOCK_OBJECT_DOMAIN))
			blocks[block].flags |= GRAPH_BLOCK_VALUES;
	}
	blocks_release(&index);
	python_values_release(&o->values);
}

const char *python_objects_label(const struct python_objects *o, uint64_t address)
{
	size_t low = 0, high = o->label_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (o->labels[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return high && o->labels[low].address == address ? o->labels[low].name : NULL;
}

static int compare_address(const void *key, const void *name)
{
	uint64_t address = *(const uint64_t *)key;
	uint64_t other = ((const struct trace_object_name *)name)->address;

	return address < other ? -1 : address > other;
}

const char *python_objects_name(const struct trace_snapshot *snapshot, uint64_t address,
				enum trace_object_name_kind kind)
{
	const struct trace_object_name *found = NULL;

	if (snapshot->name_count)
		found = bsearch(&address, snapshot->names, snapshot->name_count, sizeof *found,
				compare_address);
	return found && found->kind == kind ? found->text : NULL;
}

const struct trace_object_name *python_objects_class(const struct python_objects *o, uint32_t block)
{
	uint32_t number = o->class_of ? o->class_of[block] : 0;

	return number ? &o->snapshot->names[number - 1] : NULL;
}

uint64_t python_objects_interpreter(const struct python_objects *o)
{
	for (size_t i = 0; i < o->class_count; i++)
		if (!strcmp(o->classes[i]->text, "type"))
			return o->classes[i]->address;
	return 0;
}
