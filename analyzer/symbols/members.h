/* SPDX-License-Identifier: MIT */
/*
 * members.h - which member of a variable or a block lies at an offset.
 *
 * Members without a name and base classes add nothing to a path. Where members of a union overlap, the
 * path leads to a pointer if one of them has one there. Work and depth are bounded; where that ends a
 * search, the path ends too. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_MEMBERS_H
#define TENURE_SYMBOLS_MEMBERS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "definitions.h"

#define MEMBERS_LONGEST_PATH 512

struct members_place {
	char path[MEMBERS_LONGEST_PATH];
	Dwarf_Die pointee;
	bool has_pointee; /* a pointer to data of a known type starts at the offset */
};

/* In one thing of the type. */
void members_find(struct definitions *d, const Dwarf_Die *type, uint64_t offset,
		  struct members_place *place);

/* In a block of memory that holds one or more of the type. */
void members_find_in_block(struct definitions *d, const Dwarf_Die *type, uint64_t offset,
			   struct members_place *place);

#endif
