/* SPDX-License-Identifier: MIT */
/*
 * cycles.h - lost blocks that hold each other, which no count of references ever frees. Private to
 * mark.c.
 */
#ifndef TENURE_GRAPH_CYCLES_H
#define TENURE_GRAPH_CYCLES_H

#include "components.h"
#include "mark.h"

/* Fills in the cycles of the mark. */
void cycles_find(struct mark *mark, const struct graph *graph, const struct components *components,
		 uint32_t cycles_max);

#endif
