/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "cycle_graph.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_links.h"
#include "types.h"

#define NODES_MOST 8u
#define EDGES_MOST 16u
/* Nodes that walks are looked for from, and words that names are asked for of each two nodes. */
#define STARTS_MOST 8u
#define WORDS_MOST 32u
/* Words of an object that may point to its parts: those come first. */
#define PART_WORDS 64u
/* Words of a part that may be something else than what it has. */
#define PART_HEAD_WORDS 5u
#define NONE UINT32_MAX

struct word {
	uint32_t from, to; /* members */
	uint32_t edge;
};

/* Members are known by their places in the list of them. */
struct drawing {
	const struct reachability *r;
	const uint32_t *members;
	uint32_t count;
	uint32_t *whole; /* by member: the object that it is a part of; itself */
	uint32_t *via; /* by member: what points to it as its part; itself */

	uint32_t *group; /* by member */
	uint32_t *order, *start; /* members by group; one start more */
	uint32_t groups;

	/* By group, of the last search: the word that it was reached by. */
	struct word *reached;
	uint32_t *queue;

	struct word walk[NODES_MOST + 1]; /* the best one so far, or its first words and its last */
	uint32_t walk_count;
	uint32_t walk_length; /* 0: none */
};

static uint32_t place_of(const struct drawing *d, uint32_t block)
{
	uint32_t low = 0, high = d->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (d->members[middle] <= block)
			low = middle;
		else
			high = middle;
	}
	return d->members[low] == block ? low : NONE;
}

static uint32_t first_edge(const struct drawing *d, uint32_t member)
{
	return d->r->graph->edge_start[d->members[member]];
}

static uint32_t end_edge(const struct drawing *d, uint32_t member)
{
	return d->r->graph->edge_start[d->members[member] + 1];
}

static uint32_t target_of(const struct drawing *d, uint32_t edge)
{
	return place_of(d, graph_block_of(d->r->graph->edges[edge]));
}

static bool is_object(const struct drawing *d, uint32_t member)
{
	return python_objects_class(&d->r->python, d->members[member]) != NULL;
}

static bool is_dictionary(const struct drawing *d, uint32_t member)
{
	const struct trace_object_name *class = python_objects_class(&d->r->python,
								     d->members[member]);

	return class && !strcmp(class->text, "dict");
}

/* First dictionaries that are parts, then what is a part of these or others. */
static void find_parts(struct drawing *d, bool dictionaries)
{
	for (uint32_t from = 0; from < d->count; from++) {
		uint32_t first = first_edge(d, from), end = end_edge(d, from);
		uint32_t whole = d->whole[from];

		if (whole != from && (dictionaries || !is_dictionary(d, from)))
			continue;
		for (uint32_t i = first; i < end && i - first < PART_WORDS; i++) {
			uint32_t to = target_of(d, i);

			if (to == NONE || d->whole[to] != to ||
			    is_dictionary(d, to) != dictionaries ||
			    !python_links_joins(d->r, d->members[whole], d->members[from],
						graph_edge_offset(d->r->graph, i), d->members[to]))
				continue;
			d->whole[to] = whole;
			d->via[to] = from;
		}
	}
}

/* Whether an edge leads from one object to another, or back to its own. */
static bool is_link(const struct drawing *d, uint32_t from, uint32_t edge, uint32_t *to)
{
	*to = target_of(d, edge);
	if (*to == NONE || (d->whole[*to] == d->whole[from] && (*to != d->whole[from])))
		return false;
	if (d->whole[from] == from && !is_object(d, from))
		return true; /* nothing is known of it */
	return edge - first_edge(d, from) >= PART_HEAD_WORDS ||
	       python_links_refers(d->r, d->members[d->via[from]], d->members[from],
				   graph_edge_offset(d->r->graph, edge), d->members[*to]);
}

/* What is drawn alike. */
static const void *likeness(const struct drawing *d, uint32_t member, uint32_t *site)
{
	uint32_t block = d->members[d->whole[member]];

	*site = d->r->blocks[block].site;
	return python_objects_class(&d->r->python, block);
}

static int compare_alike(const void *a, const void *b, void *context)
{
	const struct drawing *d = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b, x_site, y_site;
	uintptr_t x_class = (uintptr_t)likeness(d, x, &x_site);
	uintptr_t y_class = (uintptr_t)likeness(d, y, &y_site);

	if (x_site != y_site)
		return x_site < y_site ? -1 : 1;
	if (x_class != y_class)
		return x_class < y_class ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int compare_whole(const void *a, const void *b, void *context)
{
	const struct drawing *d = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (d->whole[x] != d->whole[y])
		return d->whole[x] < d->whole[y] ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool is_alike(const struct drawing *d, uint32_t x, uint32_t y)
{
	uint32_t x_site, y_site;
	const void *x_class = likeness(d, x, &x_site), *y_class = likeness(d, y, &y_site);

	return x_site == y_site && x_class == y_class;
}

static void group_members(struct drawing *d)
{
	uint32_t wholes = 0;

	for (uint32_t i = 0; i < d->count; i++) {
		wholes += d->whole[i] == i;
		d->order[i] = i;
	}
	qsort_r(d->order, d->count, sizeof *d->order,
		wholes > NODES_MOST ? compare_alike : compare_whole, d);
	for (uint32_t i = 0; i < d->count; i++) {
		uint32_t at = d->order[i], before = i ? d->order[i - 1] : 0;

		if (!i || (wholes > NODES_MOST ? !is_alike(d, before, at)
					       : d->whole[before] != d->whole[at]))
			d->start[d->groups++] = i;
		d->group[at] = d->groups - 1;
	}
	d->start[d->groups] = d->count;
}

/* Follows the words of a group to groups that were not met before. True: to the one it began with, too. */
static bool follow(struct drawing *d, uint32_t group, uint32_t start, uint32_t *count)
{
	for (uint32_t i = d->start[group]; i < d->start[group + 1]; i++) {
		uint32_t from = d->order[i], end = end_edge(d, from), to;

		for (uint32_t edge = first_edge(d, from); edge < end; edge++) {
			struct word *reached;

			if (!is_link(d, from, edge, &to))
				continue;
			reached = &d->reached[d->group[to]];
			if (reached->edge != NONE)
				continue;
			*reached = (struct word){from, to, edge};
			if (d->group[to] == start)
				return true;
			d->queue[(*count)++] = d->group[to];
		}
	}
	return false;
}

static bool is_better(const struct drawing *d, uint32_t length)
{
	if (!d->walk_length)
		return true;
	if (length > NODES_MOST)
		return length < d->walk_length;
	return d->walk_length > NODES_MOST || length > d->walk_length;
}

/* The shortest way from a group back to it. */
static void walk_from(struct drawing *d, uint32_t start)
{
	uint32_t count = 1, length = 0, group = start, at;

	for (uint32_t i = 0; i < d->groups; i++)
		d->reached[i].edge = NONE;
	d->queue[0] = start;
	for (at = 0; at < count; at++)
		if (follow(d, d->queue[at], start, &count))
			break;
	if (at == count)
		return;
	do {
		group = d->group[d->reached[group].from];
		length++;
	} while (group != start);
	if (!is_better(d, length))
		return;
	d->walk_length = length;
	d->walk_count = length < NODES_MOST ? length : NODES_MOST;
	/* From the end. Where there is no room for all, it is the last word and the first ones. */
	for (uint32_t left = length; left--; group = d->group[d->reached[group].from]) {
		if (left + 1 == length)
			d->walk[d->walk_count - 1] = d->reached[group];
		else if (left + 1 < d->walk_count)
			d->walk[left] = d->reached[group];
	}
}

/* The graph while it is put down. */
struct canvas {
	struct model_cycle_node nodes[NODES_MOST];
	struct model_cycle_edge edges[EDGES_MOST];
	uint32_t of_node[NODES_MOST]; /* group */
	uint32_t words[NODES_MOST][NODES_MOST]; /* that were looked at */
	uint32_t node_count, edge_count;
	uint64_t blocks;
};

static uint32_t node_of(const struct canvas *c, uint32_t group)
{
	for (uint32_t i = 0; i < c->node_count; i++)
		if (c->of_node[i] == group)
			return i;
	return NONE;
}

static void add_node(struct canvas *c, const struct drawing *d, uint32_t group,
		     const struct tally *tally, const uint32_t *ids, struct frames *frames)
{
	const struct reachability *r = d->r;
	uint32_t block = d->members[d->whole[d->order[d->start[group]]]];
	const struct trace_object_name *class = python_objects_class(&r->python, block);
	uint32_t site = r->blocks[block].site;
	struct model_cycle_node node = {
		.type = class ? class->text : types_of_site(&r->types, site, frames),
	};

	if (site < tally->site_count) {
		node.site = ids[tally->sites[site].stack];
		node.stack = frames_stack(frames, tally->sites[site].stack, false);
	}
	if (!class && r->python.class_of && r->blocks[block].flags & GRAPH_BLOCK_ANYWHERE)
		node.type = "";
	for (uint32_t i = d->start[group]; i < d->start[group + 1]; i++)
		node.count += d->whole[d->order[i]] == d->order[i];
	c->blocks += d->start[group + 1] - d->start[group];
	c->of_node[c->node_count] = group;
	c->nodes[c->node_count++] = node;
}

/* Items of a list are all the same where it stands for many of them. */
static const char *without_number(const char *name)
{
	size_t digits = *name == '[' ? strspn(name + 1, "0123456789") : 0;

	return digits && !strcmp(name + 1 + digits, "]") ? "[...]" : name;
}

static struct model_cycle_edge edge_of(const struct canvas *c, const struct drawing *d,
				       const struct word *word, uint32_t from, uint32_t to,
				       struct arena *arena)
{
	const struct graph *graph = d->r->graph;
	uint64_t offset = graph_edge_offset(graph, word->edge);
	const char *name = "";

	if (is_object(d, d->whole[word->from]))
		name = python_links_name(d->r, d->members[d->whole[word->from]],
					 d->members[d->via[word->from]], d->members[word->from],
					 offset, arena);
	if (c->nodes[from].count > 1 || c->nodes[to].count > 1)
		name = without_number(name);
	return (struct model_cycle_edge){
		.from = from,
		.to = to,
		.offset = offset,
		.member = name,
		.interior = !graph_is_start(graph->edges[word->edge]),
	};
}

static bool is_same_edge(const struct model_cycle_edge *x, const struct model_cycle_edge *y)
{
	if (x->from != y->from || x->to != y->to || strcmp(x->member, y->member) != 0)
		return false;
	return *x->member || x->offset == y->offset;
}

static void add_edge(struct canvas *c, const struct drawing *d, const struct word *word,
		     struct arena *arena)
{
	uint32_t from = node_of(c, d->group[word->from]), to = node_of(c, d->group[word->to]);
	struct model_cycle_edge edge;

	if (from == NONE || to == NONE || c->edge_count == EDGES_MOST ||
	    c->words[from][to]++ >= WORDS_MOST)
		return;
	edge = edge_of(c, d, word, from, to, arena);
	for (uint32_t i = 0; i < c->edge_count; i++)
		if (is_same_edge(&c->edges[i], &edge))
			return;
	c->edges[c->edge_count++] = edge;
}

static void add_walk(struct canvas *c, const struct drawing *d, const struct tally *tally,
		     const uint32_t *ids, struct frames *frames)
{
	for (uint32_t i = 0; i < d->walk_count; i++)
		add_node(c, d, d->group[d->walk[i].from], tally, ids, frames);
	for (uint32_t i = 0; i < d->walk_count; i++) {
		if (i + 2 == d->walk_count && d->walk_length > NODES_MOST)
			c->edges[c->edge_count++] = (struct model_cycle_edge){
				.from = i,
				.to = i + 1,
				.member = "",
				.skipped = d->walk_length - NODES_MOST,
			};
		else
			add_edge(c, d, &d->walk[i], frames->arena);
	}
}

static void add_rest(struct canvas *c, const struct drawing *d, struct arena *arena)
{
	for (uint32_t node = 0; node < c->node_count; node++) {
		uint32_t group = c->of_node[node];

		for (uint32_t i = d->start[group]; i < d->start[group + 1]; i++) {
			uint32_t from = d->order[i], end = end_edge(d, from), to;

			for (uint32_t edge = first_edge(d, from);
			     edge < end && c->edge_count < EDGES_MOST; edge++)
				if (is_link(d, from, edge, &to))
					add_edge(c, d, &(struct word){from, to, edge}, arena);
		}
	}
}

static void put_down(struct model_cycle *to, const struct drawing *d, const struct tally *tally,
		     const uint32_t *ids, struct frames *frames)
{
	struct canvas c = {0};
	struct model_cycle_node *nodes;
	struct model_cycle_edge *edges;

	add_walk(&c, d, tally, ids, frames);
	to->walk_count = c.edge_count;
	for (uint32_t i = 0; i < d->groups && d->groups <= NODES_MOST; i++)
		if (node_of(&c, i) == NONE)
			add_node(&c, d, i, tally, ids, frames);
	add_rest(&c, d, frames->arena);
	nodes = arena_alloc(frames->arena, c.node_count * sizeof *nodes);
	memcpy(nodes, c.nodes, c.node_count * sizeof *nodes);
	edges = arena_alloc(frames->arena, c.edge_count * sizeof *edges);
	memcpy(edges, c.edges, c.edge_count * sizeof *edges);
	to->nodes = nodes;
	to->node_count = c.node_count;
	to->edges = edges;
	to->edge_count = c.edge_count;
	to->blocks_hidden = d->count - c.blocks;
}

bool cycle_graph_draw(struct model_cycle *to, const struct reachability *r,
		      const struct mark_cycle *from, const struct tally *tally, const uint32_t *ids,
		      struct frames *frames)
{
	uint32_t count = from->member_count;
	uint32_t *own = xcalloc(6 * (size_t)count + 1, sizeof *own);
	struct drawing d = {
		.r = r,
		.members = from->members,
		.count = count,
		.whole = own,
		.via = own + count,
		.group = own + 2 * (size_t)count,
		.order = own + 3 * (size_t)count,
		.queue = own + 4 * (size_t)count,
		.start = own + 5 * (size_t)count,
	};

	for (uint32_t i = 0; i < count; i++)
		d.whole[i] = d.via[i] = i;
	if (r->python.class_of) {
		find_parts(&d, true);
		find_parts(&d, false);
	}
	group_members(&d);
	d.reached = xcalloc(d.groups, sizeof *d.reached);
	for (uint32_t i = 0; i < d.groups && i < STARTS_MOST; i++)
		walk_from(&d, i);
	if (d.walk_length)
		put_down(to, &d, tally, ids, frames);
	free(d.reached);
	free(own);
	return d.walk_length;
}
