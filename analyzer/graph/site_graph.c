/* SPDX-License-Identifier: MIT */
#include "site_graph.h"

#include <assert.h>
#include <stdlib.h>

#include "../util/array.h"
#include "large.h"
#include "site_edges.h"

static void sum_kinds(struct site_graph *sites, const struct graph *graph, const struct mark *mark)
{
	for (uint32_t i = 0; i < graph->block_count; i++) {
		const struct graph_block *block = &graph->blocks[i];
		struct mark_sum *sum;

		assert(block->site < sites->site_count);
		sum = &sites->sites[block->site].kinds[mark->kinds[i]];
		sum->blocks++;
		sum->bytes += block->size;
	}
}

void site_graph_init(struct site_graph *sites, const struct graph *graph, const struct mark *mark,
		     uint32_t site_count, uint32_t edges_max)
{
	*sites = (struct site_graph){
		.site_count = site_count,
		.sites = xcalloc(site_count, sizeof *sites->sites),
	};
	sum_kinds(sites, graph, mark);
	site_edges_find(sites, graph, edges_max);
}

/* The dominator tree from above: by number, 0 for none. */
struct tree {
	uint32_t *first_child, *next_sibling;
};

static struct tree tree_of(const struct dominators *dominators)
{
	struct tree tree = {
		.first_child = large_new(dominators->count, sizeof *tree.first_child),
		.next_sibling = large_new(dominators->count, sizeof *tree.next_sibling),
	};

	for (uint32_t w = dominators->count - 1; w; w--) {
		uint32_t idom = dominators->idoms[w];

		tree.next_sibling[w] = tree.first_child[idom];
		tree.first_child[idom] = w;
	}
	return tree;
}

/* above: by site, how many of its blocks are on the way from the root to here. */
static void enter(struct site_graph *sites, const struct graph *graph,
		  const struct dominators *dominators, uint32_t *above, uint32_t number)
{
	uint32_t site = graph->blocks[dominators->blocks[number]].site;

	if (!above[site]++) {
		sites->sites[site].retained.bytes += dominators->retained_bytes[number];
		sites->sites[site].retained.blocks += dominators->retained_blocks[number];
	}
}

void site_graph_retain(struct site_graph *sites, const struct graph *graph,
		       const struct dominators *dominators)
{
	struct tree tree = tree_of(dominators);
	uint32_t *above = xcalloc(sites->site_count, sizeof *above);
	uint32_t at = tree.first_child[0];

	while (at) {
		enter(sites, graph, dominators, above, at);
		if (tree.first_child[at]) {
			at = tree.first_child[at];
			continue;
		}
		/* Up, until there is a way to the right. */
		for (; at; at = dominators->idoms[at]) {
			above[graph->blocks[dominators->blocks[at]].site]--;
			if (tree.next_sibling[at]) {
				at = tree.next_sibling[at];
				break;
			}
		}
	}
	free(above);
	free(tree.first_child);
	free(tree.next_sibling);
}

void site_graph_release(struct site_graph *sites)
{
	free(sites->sites);
	free(sites->edges);
	*sites = (struct site_graph){0};
}
