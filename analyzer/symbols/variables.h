/* SPDX-License-Identifier: MIT */
/*
 * variables.h - the variables of one module and the types that their pointers lead to.
 *
 * By debug information first, then by symbols. All debug information is read once when a variable is
 * first asked for. Results are cached and live until variables_release. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_VARIABLES_H
#define TENURE_SYMBOLS_VARIABLES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "../util/arena.h"
#include "cache.h"
#include "definitions.h"
#include "globals.h"
#include "image.h"
#include "names.h"
#include "sections.h"
#include "symbols.h"
#include "symtab.h"

struct variables_type {
	Dwarf_Die die;
	const char *name; /* NULL until it is first wanted */
};

struct variables {
	const struct image *image;
	const struct symtab *symtab;
	struct names *names;
	uint32_t module; /* the upper half of every symbol_type */
	bool collected;
	struct sections sections;
	struct globals globals;
	struct definitions definitions;
	struct variables_type *types; /* by the lower half of symbol_type, less 1 */
	size_t type_count, type_capacity;
	struct cache type_numbers; /* elements of types by Dwarf_Die.addr: the index + 1 */
	struct cache fixed, in_threads; /* struct symbol_variable by address or offset */
	struct cache members; /* struct symbol_member by type and offset */
	struct arena results;
};

/* The image, its symbols and the names must outlive the variables. */
void variables_init(struct variables *v, const struct image *image, const struct symtab *symtab,
		    struct names *names, uint32_t module);

const struct symbol_variable *variables_find(struct variables *v, bool in_thread, uint64_t address);

/* A type that is none of this module has no members, no name and no size. */
const struct symbol_member *variables_member(struct variables *v, symbol_type type,
					     uint64_t offset);
const char *variables_type_name(struct variables *v, symbol_type type);
uint64_t variables_type_size(struct variables *v, symbol_type type);

void variables_release(struct variables *v);

#endif
