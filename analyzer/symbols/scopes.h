/* SPDX-License-Identifier: MIT */
/*
 * scopes.h - the functions of one compilation unit and the calls inlined into them.
 *
 * One walk over the unit's tree of debugging entries (DIEs) collects every function with code, each
 * inlined call with the scope it was inlined into, and where functions without a linkage name are
 * declared (namespaces, classes), because entries do not know their parents. After that an address
 * is found by bisection. The walk is linear for any input: entries are visited in file order only.
 * Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_SCOPES_H
#define TENURE_SYMBOLS_SCOPES_H

#include <elfutils/libdw.h>
#include <stdint.h>

#include "../util/arena.h"
#include "image.h"
#include "ranges.h"

#define NO_SCOPE UINT32_MAX

struct scope {
	Dwarf_Die die; /* a subprogram or an inlined_subroutine */
	uint32_t caller; /* scope that this one was inlined into; NO_SCOPE for a subprogram */
	const char *function; /* filled in by units.c when first wanted, NULL before */
	const char *language;
};

/* "ns::(anonymous namespace)::" before the name of the function declared at an entry. */
struct qualifier {
	const void *entry; /* Dwarf_Die.addr; ascending */
	const char *text;
};

/* Zero-initialise to start. */
struct scopes {
	struct scope *items;
	size_t count, capacity;
	struct ranges ranges; /* of indices of items */
	struct qualifier *qualifiers;
	size_t qualifier_count, qualifier_capacity;
};

/*
 * Walks the unit below `root`. `separator` is what the unit's language puts between a namespace and
 * a name; NULL if it has no namespaces. *range_budget is counted down by every range taken.
 */
void scopes_collect(struct scopes *s, Dwarf_Die *root, const char *separator,
		    const struct image *image, struct arena *text, uint64_t *range_budget);

/* Index of the innermost scope at an address, or NO_SCOPE. */
uint32_t scopes_find(const struct scopes *s, uint64_t address);

/* "" if the entry's name stands for itself. */
const char *scopes_qualifier(const struct scopes *s, const void *entry);

void scopes_release(struct scopes *s);

#endif
