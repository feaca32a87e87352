/* SPDX-License-Identifier: MIT */
/*
 * vtables.h - classes of C++ objects by the tables of virtual functions that they point to.
 *
 * The ABI puts two words before the one that objects point to (Itanium C++ ABI, 2.5.2): how far it is
 * from there to the start of the object, and the type information, whose second word is the name of
 * the class (2.9.5). Both are there in stripped files; where the compiler was told to leave type
 * information out, the symbol of the table has the name. What is read must look like what it stands
 * for, for any address can be asked about. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_VTABLES_H
#define TENURE_SYMBOLS_VTABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "../util/arena.h"
#include "cache.h"
#include "image.h"
#include "names.h"
#include "symtab.h"
#include "words.h"

struct vtables {
	const struct image *image;
	const struct symtab *symtab;
	struct names *names;
	bool loaded;
	struct words words;
	struct cache found; /* by address */
	struct arena results;
};

/* The image, its symbols and the names must outlive the tables. */
void vtables_init(struct vtables *v, const struct image *image, const struct symtab *symtab,
		  struct names *names);

/* The class, or NULL. *offset_to_top is negative or 0, but for tables used in construction only. */
const char *vtables_find(struct vtables *v, uint64_t address, int64_t *offset_to_top);

void vtables_release(struct vtables *v);

#endif
