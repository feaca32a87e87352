/* SPDX-License-Identifier: MIT */
#include "python_census.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_links.h"

#define NOBODY UINT32_MAX
/* Objects say in their first words where their parts are; of what follows, such as the items of a tuple, there
 * may be millions. */
#define PART_WORDS 64u

struct counting {
	const struct reachability *r;
	uint8_t *held; /* by block, of graph_count_pointers */
	uint32_t *owners; /* by block: what it is a part of; NOBODY */
};

static const struct trace_object_name *class_of(const struct counting *c, uint32_t block)
{
	return python_objects_class(&c->r->python, block);
}

/* A table, or a dictionary that may be an instance's. */
static bool may_be_part(const struct counting *c, uint32_t block)
{
	const struct trace_object_name *class = class_of(c, block);

	return c->held[block] == 1 && c->owners[block] == NOBODY &&
	       c->r->blocks[block].flags & GRAPH_BLOCK_ANYWHERE &&
	       (!class || !strcmp(class->text, "dict"));
}

/* from: the object, or the dictionary that it has its attributes in. A table has no parts. */
static void find_parts(struct counting *c, uint32_t object, uint32_t from)
{
	const struct graph *graph = c->r->graph;
	uint32_t first = graph->edge_start[from], end = graph->edge_start[from + 1];

	for (uint32_t i = first; i < end && i - first < PART_WORDS; i++) {
		uint32_t to = graph_block_of(graph->edges[i]);

		if (to == object || !may_be_part(c, to) ||
		    !python_links_joins(c->r, object, from, graph_edge_offset(graph, i), to))
			continue;
		c->owners[to] = object;
		if (class_of(c, to))
			find_parts(c, object, to);
	}
}

/* Instances come first, as their dictionaries are objects themselves. */
static void find_owners(struct counting *c, bool dictionaries)
{
	for (uint32_t i = 0; i < c->r->block_count; i++) {
		const struct trace_object_name *class = class_of(c, i);

		if (class && c->owners[i] == NOBODY && dictionaries == !strcmp(class->text, "dict"))
			find_parts(c, i, i);
	}
}

static void count_block(const struct counting *c, struct model_class *classes, uint32_t block)
{
	bool part = c->owners[block] != NOBODY;
	uint32_t object = part ? c->owners[block] : block;
	const struct trace_object_name *class = class_of(c, object);
	uint64_t bytes = c->r->blocks[block].size;
	struct model_class *to;

	if (!class)
		return;
	to = &classes[class - c->r->snapshot->names];
	to->bytes += bytes;
	if (!part)
		to->objects++;
	if (!reachability_is_recent(c->r, object))
		return;
	to->recent_bytes += bytes;
	if (!part)
		to->recent_objects++;
}

static int compare(const void *a, const void *b)
{
	const struct model_class *x = a;
	const struct model_class *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Classes of one name are one row: of a class that a program makes again and again there are many. */
static uint32_t join_names(struct model_class *list, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!kept || strcmp(list[kept - 1].name, list[i].name) != 0) {
			list[kept++] = list[i];
			continue;
		}
		list[kept - 1].objects += list[i].objects;
		list[kept - 1].bytes += list[i].bytes;
		list[kept - 1].recent_objects += list[i].recent_objects;
		list[kept - 1].recent_bytes += list[i].recent_bytes;
	}
	return kept;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct model_class *)a)->name, ((const struct model_class *)b)->name);
}

static void list_classes(struct model_snapshot *to, const struct counting *c,
			 struct model_class *classes, struct arena *arena)
{
	const struct trace_snapshot *s = c->r->snapshot;
	uint32_t count = 0;
	struct model_class *list;

	for (uint32_t i = 0; i < s->name_count; i++) {
		if (!classes[i].objects)
			continue;
		classes[count] = classes[i];
		classes[count++].name = s->names[i].text;
	}
	if (count)
		qsort(classes, count, sizeof *classes, compare_names);
	count = join_names(classes, count);
	if (count)
		qsort(classes, count, sizeof *classes, compare);
	list = arena_alloc(arena, count * sizeof *list);
	for (uint32_t i = 0; i < count; i++) {
		list[i] = classes[i];
		list[i].name = arena_strdup(arena, classes[i].name);
	}
	to->classes = list;
	to->class_count = count;
}

void python_census_build(struct model_snapshot *to, const struct reachability *r,
			 struct arena *arena)
{
	struct counting c = {.r = r};
	struct model_class *classes;

	if (!r->python.class_of)
		return;
	c.held = graph_count_pointers(r->graph);
	c.owners = xcalloc(r->block_count + 1, sizeof *c.owners);
	memset(c.owners, 0xff, (r->block_count + 1) * sizeof *c.owners);
	classes = xcalloc(r->snapshot->name_count + 1, sizeof *classes);
	find_owners(&c, false);
	find_owners(&c, true);
	for (uint32_t i = 0; i < r->block_count; i++)
		count_block(&c, classes, i);
	list_classes(to, &c, classes, arena);
	free(classes);
	free(c.owners);
	free(c.held);
}
