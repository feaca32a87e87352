/* SPDX-License-Identifier: MIT */
#include "circles.h"

#include <inttypes.h>
#include <string.h>

#include "../analyzer/util/human.h"
#include "visible.h"
#include "wrap.h"

#define TYPE_COLUMNS 48u
#define OTHERS_MOST 4u

void circles_put_amount(FILE *file, const struct model_cycle *cycle, bool exact)
{
	static const char *const kinds[CYCLE_KINDS] = {
		[CYCLE_LOST] = "lost",
		[CYCLE_GARBAGE] = "garbage of Python, which its collector would free",
		[CYCLE_UNCOLLECTED] =
			"objects of Python that its collector did not free even at the "
			"end: code in C has forgotten to let one go",
	};

	if (cycle->times > 1)
		fprintf(file, "%s circles of ", human_count(cycle->times).text);
	fprintf(file, "%s block%s, %s%s: %s", human_count(cycle->blocks).text,
		human_plural(cycle->blocks), human_bytes(cycle->bytes, exact).text,
		cycle->times > 1 ? " in all" : "", kinds[cycle->kind]);
}

/* Its type, or the number of its site, which stands near by with its place. */
static void put_node(FILE *file, const struct model_cycle_node *node)
{
	if (*node->type)
		wrap_put_cut(file, node->type, TYPE_COLUMNS);
	else if (node->site)
		fprintf(file, "#%" PRIu32, node->site);
	else
		fputs("a block", file);
}

static void put_word(FILE *file, const struct model_cycle_edge *edge)
{
	if (edge->skipped)
		fprintf(file, " -> ... %s more ...", human_count(edge->skipped).text);
	else if (!*edge->member)
		fprintf(file, " +%" PRIu64, edge->offset);
	else
		putc(' ', file);
	visible_put(file, edge->member);
}

/* [0] and [1] alike. */
static bool is_same_word(const struct model_cycle_edge *x, const struct model_cycle_edge *y)
{
	static const char digits[] = "[0123456789.]";

	if (*x->member == '[' && *y->member == '[' &&
	    x->member[strspn(x->member, digits)] == '\0' &&
	    y->member[strspn(y->member, digits)] == '\0')
		return true;
	return !strcmp(x->member, y->member) && (*x->member || x->offset == y->offset);
}

static bool is_same_node(const struct model_cycle_node *x, const struct model_cycle_node *y)
{
	return x->site == y->site && !strcmp(x->type, y->type);
}

/* Whether a reader would see no difference to an edge before it. */
static bool is_told(const struct model_cycle *cycle, uint32_t edge)
{
	const struct model_cycle_edge *x = &cycle->edges[edge];

	for (uint32_t i = 0; i < edge; i++) {
		const struct model_cycle_edge *y = &cycle->edges[i];

		if (!y->skipped && is_same_word(x, y) &&
		    is_same_node(&cycle->nodes[x->from], &cycle->nodes[y->from]) &&
		    is_same_node(&cycle->nodes[x->to], &cycle->nodes[y->to]))
			return true;
	}
	return false;
}

void circles_put_walk(FILE *file, const struct model_cycle *cycle)
{
	uint32_t told = 0;

	for (uint32_t i = 0; i < cycle->walk_count; i++) {
		const struct model_cycle_node *node = &cycle->nodes[cycle->edges[i].from];

		if (node->count > 1)
			fprintf(file, "%s x ", human_count(node->count).text);
		put_node(file, node);
		put_word(file, &cycle->edges[i]);
		fputs(" -> ", file);
	}
	fputs("back", file);
	for (uint32_t i = cycle->walk_count; i < cycle->edge_count && told < OTHERS_MOST; i++) {
		const struct model_cycle_edge *edge = &cycle->edges[i];

		if (is_told(cycle, i))
			continue;
		fputs(told++ ? ", " : "; also ", file);
		put_node(file, &cycle->nodes[edge->from]);
		put_word(file, edge);
		fputs(" -> ", file);
		put_node(file, &cycle->nodes[edge->to]);
	}
	if (cycle->blocks_hidden)
		fprintf(file, "; %s more block%s not shown", human_count(cycle->blocks_hidden).text,
			cycle->blocks_hidden == 1 ? " is" : "s are");
}

bool circles_is_repeated(const struct model_cycle *cycle, uint32_t node)
{
	for (uint32_t i = 0; i < node; i++)
		if (is_same_node(&cycle->nodes[i], &cycle->nodes[node]))
			return true;
	return false;
}
