/* SPDX-License-Identifier: MIT */
/*
 * entries.h - debugging entries (DIEs) of any tag: their attributes, and where they are in the tree.
 *
 * Entries do not know their parents. Those are found by their place in the file, in time linear in
 * the entries of the unit that are stepped over. Chains are followed so far and no further, so that
 * circles of a damaged file end. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_ENTRIES_H
#define TENURE_SYMBOLS_ENTRIES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

#define ENTRIES_DEEPEST 64
/* Inlined call, out-of-line copy, declaration: more steps are not a chain but a circle. */
#define ENTRIES_LONGEST_CHAIN 16

/* NULL, or false, if the entry has no such attribute of such a form. */
const char *entries_string(Dwarf_Die *die, unsigned attribute);
bool entries_number(Dwarf_Die *die, unsigned attribute, uint64_t *number);
bool entries_reference(Dwarf_Die *die, unsigned attribute, Dwarf_Die *target);

/* From an inlined call, a copy or a definition to the entry that declares; false if there is none. */
bool entries_follow_origin(Dwarf_Die *die);

/* The root of the unit of an entry; false if it belongs to none. */
bool entries_root(const Dwarf_Die *die, Dwarf_Die *root);

/*
 * The entries that the given one is in, the outermost first, without the root of the unit. Returns
 * how many; 0 as well if it is not found.
 */
size_t entries_around(const Dwarf_Die *die, Dwarf_Die around[ENTRIES_DEEPEST]);

/* The next unit with entries of a program: *unit is NULL to start. False after the last one. */
bool entries_next_root(Dwarf *dwarf, Dwarf_CU **unit, Dwarf_Die *root);

/* A source file as names_path has it. Relative names are relative to where the compiler ran. */
const char *entries_source(struct names *names, Dwarf_Die *root, const char *file);

#endif
