/* SPDX-License-Identifier: MIT */
#include "stackmap.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/* More than any stack has (--stack-depth ends at 4096); where damaged parents form a circle, the
 * walk ends here. */
#define MOST_FRAMES 8192u

void stackmap_init(struct stackmap *m, const struct region *region, struct modules *modules,
		   struct writer *writer)
{
	m->region = region;
	m->modules = modules;
	m->writer = writer;
	m->known = xcalloc(region->once.stack_nodes, sizeof *m->known);
	m->pending = xcalloc(MOST_FRAMES, sizeof *m->pending);
	python_codes_init(&m->codes, region, writer);
}

void stackmap_release(struct stackmap *m)
{
	free(m->known);
	free(m->pending);
	python_codes_release(&m->codes);
	numbering_release(&m->frames);
	free(m->ids);
	free(m->native.frames);
	free(m->python.frames);
	free(m->mixed.frames);
	memset(m, 0, sizeof *m);
}

static uint64_t epoch_of(uint64_t frame)
{
	return frame >> FRAME_ADDRESS_BITS;
}

static stack_id define(struct stackmap *m, stack_id parent, uint64_t frame)
{
	uint64_t address;
	module_id module = modules_resolve(m->modules, frame, &address);

	return writer_stack(m->writer, parent, module, address);
}

/* What nodes of the region may have in common with others, defined once. */
static stack_id define_once(struct stackmap *m, stack_id parent, uint64_t frame)
{
	struct {
		uint64_t address;
		uint32_t parent, module;
	} key = {.parent = parent};
	uint32_t number;
	bool fresh;

	key.module = epoch_of(frame) == FRAME_PYTHON
			     ? python_codes_resolve(&m->codes, frame, &key.address)
			     : modules_resolve(m->modules, frame, &key.address);
	number = numbering_find(&m->frames, &key, sizeof key, &fresh);
	if (fresh) {
		ARRAY_GROW(m->ids, number + 1u, m->id_capacity);
		m->ids[number] = writer_stack(m->writer, parent, key.module, key.address);
	}
	return m->ids[number];
}

static void collect(struct stackmap *m, uint32_t node, struct stackmap_frames *into)
{
	struct stack_node n;

	if (!into->frames)
		into->frames = xcalloc(2 * MOST_FRAMES, sizeof *into->frames);
	for (into->count = 0; into->count < MOST_FRAMES && region_node(m->region, node, &n);
	     node = n.parent)
		into->frames[into->count++] = n.frame;
}

static bool lies_in(uint64_t frame, uint64_t low, uint64_t high)
{
	uint64_t address = frame & FRAME_ADDRESS_MASK;

	return address >= low && address < high;
}

/* Puts Python's frames that one run of the evaluation loop has executed behind the others. */
static uint32_t take_run(struct stackmap *m, uint32_t at)
{
	while (at < m->python.count) {
		uint64_t frame = m->python.frames[at++];

		m->mixed.frames[m->mixed.count++] = frame;
		if (frame & FRAME_PYTHON_ENTRY)
			break;
	}
	return at;
}

/*
 * From the innermost frame outwards: each time that the native stack passes the evaluation loop so does
 * Python's. What is left of Python's at the end comes last.
 */
static void mix(struct stackmap *m)
{
	const struct region_header *h = m->region->header;
	uint32_t python = 0;

	m->mixed.count = 0;
	for (uint32_t i = 0; i < m->native.count; i++) {
		uint64_t frame = m->native.frames[i];

		if (lies_in(frame, h->python_eval_low, h->python_eval_high))
			python = take_run(m, python);
		/* Python's functions go on where the native walk could not. */
		if (frame == FRAME_TRUNCATED && python < m->python.count)
			continue;
		if (h->python_native ||
		    (python < m->python.count && !lies_in(frame, h->python_low, h->python_high)))
			m->mixed.frames[m->mixed.count++] = frame;
	}
	while (python < m->python.count)
		python = take_run(m, python);
}

static stack_id define_linked(struct stackmap *m, const struct stack_node *link)
{
	stack_id stack = 0;

	collect(m, link->parent, &m->native);
	collect(m, (uint32_t)link->frame, &m->python);
	if (!m->mixed.frames)
		m->mixed.frames = xcalloc(2 * MOST_FRAMES, sizeof *m->mixed.frames);
	mix(m);
	while (m->mixed.count--)
		stack = define_once(m, stack, m->mixed.frames[m->mixed.count]);
	return stack;
}

static stack_id define_node(struct stackmap *m, stack_id parent, const struct stack_node *node)
{
	switch (epoch_of(node->frame)) {
	case FRAME_PYTHON_LINK:
		return define_linked(m, node);
	case FRAME_PYTHON:
		return define_once(m, parent, node->frame);
	default:
		/* Functions of Python may lie inside a gap, in this stack and in one that is linked. */
		return node->frame == FRAME_GAP ? define_once(m, parent, node->frame)
						: define(m, parent, node->frame);
	}
}

stack_id stackmap_define(struct stackmap *m, uint32_t id)
{
	struct stack_node node;
	uint32_t count = 0;
	stack_id stack = 0;

	while (id) {
		if (count == MOST_FRAMES || !region_node(m->region, id, &node)) {
			if (count)
				stack = define(m, 0, FRAME_TRUNCATED);
			break;
		}
		if (m->known[id]) {
			stack = m->known[id];
			break;
		}
		m->pending[count++] = id;
		id = epoch_of(node.frame) == FRAME_PYTHON_LINK ? 0 : node.parent;
	}
	while (count--) {
		region_node(m->region, m->pending[count], &node);
		stack = define_node(m, stack, &node);
		m->known[m->pending[count]] = stack;
	}
	return stack;
}
