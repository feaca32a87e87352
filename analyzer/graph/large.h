/* SPDX-License-Identifier: MIT */
/*
 * large.h - arrays of many megabytes that are read in no order: on huge pages where the system has
 * them, which halves the time of an access (fewer misses of the TLB). free() ends them.
 */
#ifndef TENURE_GRAPH_LARGE_H
#define TENURE_GRAPH_LARGE_H

#include <stddef.h>

/* Zeroed. Ends the analyzer when there is no memory. */
void *large_new(size_t count, size_t item_bytes);

/* For arrays that come from elsewhere, before they are written to. */
void large_advise(void *items, size_t bytes);

#endif
