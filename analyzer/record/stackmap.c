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
}

void stackmap_release(struct stackmap *m)
{
	free(m->known);
	free(m->pending);
	memset(m, 0, sizeof *m);
}

static stack_id define(struct stackmap *m, stack_id parent, uint64_t frame)
{
	uint64_t address;
	module_id module = modules_resolve(m->modules, frame, &address);

	return writer_stack(m->writer, parent, module, address);
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
		id = node.parent;
	}
	while (count--) {
		region_node(m->region, m->pending[count], &node);
		stack = define(m, stack, node.frame);
		m->known[m->pending[count]] = stack;
	}
	return stack;
}
