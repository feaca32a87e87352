/* SPDX-License-Identifier: MIT */
/*
 * stackmap.h - translates stacks of the region to stacks of the trace.
 *
 * Both are prefix trees, but the region's nodes come in any order and may be garbage; the trace
 * gets only those that an event refers to, with their parents, once each. Where a native stack is linked
 * with one of Python's the two become one: Python's functions take the place of the interpreter's
 * frames that run them, what else is of the interpreter and what is outside of Python's outermost
 * function is left out, unless the region says that such frames are of interest.
 */
#ifndef TENURE_STACKMAP_H
#define TENURE_STACKMAP_H

#include <stdint.h>

#include "../trace/writer.h"
#include "../util/numbering.h"
#include "modules.h"
#include "python_codes.h"
#include "region.h"

/* Frames of a stack, innermost first. */
struct stackmap_frames {
	uint64_t *frames;
	uint32_t count;
};

struct stackmap {
	const struct region *region; /* none of these is owned */
	struct modules *modules;
	struct writer *writer;
	stack_id *known; /* by node id; 0: not translated yet */
	uint32_t *pending; /* nodes on the way to a known one, innermost first */
	/* Of Python: */
	struct python_codes codes;
	struct numbering frames; /* of the trace: parent, module and address, once each; */
	stack_id *ids; /* their stacks, by number */
	size_t id_capacity;
	struct stackmap_frames native, python, mixed; /* scratch */
};

void stackmap_init(struct stackmap *m, const struct region *region, struct modules *modules,
		   struct writer *writer);
void stackmap_release(struct stackmap *m);

/* The other half of stackmap_translate: nodes that have not been met. */
stack_id stackmap_define(struct stackmap *m, uint32_t node);

/* The trace's id of a node; 0 for node 0 and for ids that no node can have. */
static inline stack_id stackmap_translate(struct stackmap *m, uint32_t node)
{
	stack_id known = node < m->region->once.stack_nodes ? m->known[node] : 0;

	return known || !node ? known : stackmap_define(m, node);
}

#endif
