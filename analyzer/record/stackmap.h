/* SPDX-License-Identifier: MIT */
/*
 * stackmap.h - translates stacks of the region to stacks of the trace.
 *
 * Both are prefix trees, but the region's nodes come in any order and may be garbage; the trace
 * gets only those that an event refers to, with their parents, once each.
 */
#ifndef TENURE_STACKMAP_H
#define TENURE_STACKMAP_H

#include <stdint.h>

#include "../trace/writer.h"
#include "modules.h"
#include "region.h"

struct stackmap {
	const struct region *region; /* none of these is owned */
	struct modules *modules;
	struct writer *writer;
	stack_id *known; /* by node id; 0: not translated yet */
	uint32_t *pending; /* nodes on the way to a known one, innermost first */
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
