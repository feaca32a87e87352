/* SPDX-License-Identifier: MIT */
/*
 * definitions.h - from the declaration of a class or struct to the layout that another unit defines.
 *
 * Types are the same if they have the same name in the same namespaces and classes. All units are read
 * once, when a type is first asked for that its own unit only declares. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_DEFINITIONS_H
#define TENURE_SYMBOLS_DEFINITIONS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "../util/arena.h"
#include "cache.h"
#include "image.h"

/* Zero-initialise to start, with the image. */
struct definitions {
	const struct image *image;
	bool collected;
	uint64_t detour_budget; /* of definitions apart from their declaration, which cost more */
	struct cache by_name; /* Dwarf_Die by a hash of the qualified name */
	struct arena entries;
};

/* Replaces the declaration of a type by its definition, if there is one; false if there is none. */
bool definitions_complete(struct definitions *d, Dwarf_Die *type);

void definitions_release(struct definitions *d);

#endif
