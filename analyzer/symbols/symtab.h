/* SPDX-License-Identifier: MIT */
/*
 * symtab.h - names from the symbol tables of an ELF file, for functions and variables without debug
 * information.
 *
 * .symtab of the file or of its debug file, else .dynsym together with .gnu_debugdata. A symbol
 * names only addresses that it covers: its size counts, and one without a size (assembly) reaches
 * to the next symbol or the end of its section, provided that the table is a complete one; in
 * .dynsym alone the next symbol may be many functions away. A variable has a
 * size. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_SYMTAB_H
#define TENURE_SYMBOLS_SYMTAB_H

#include "image.h"
#include "ranges.h"

struct symbol {
	const char *name; /* mangled; belongs to the image */
	bool exported; /* other files can call it by this name */
	uint64_t low, high; /* [low, high), if it has a size */
};

/* Zero-initialise to start. */
struct symtab {
	struct ranges sized, unsized; /* functions */
	struct ranges variables;
	struct ranges thread_variables; /* by offset in the thread-local storage of the module */
	struct symbol *names; /* by the value of the ranges */
	size_t name_count, name_capacity;
	bool complete; /* more than .dynsym was there: the file is not stripped */
	Elf *elf; /* of the symbol added last */
	bool elf_complete; /* that file has more than .dynsym */
};

void symtab_load(struct symtab *t, const struct image *image);

/* The function at an address, or NULL. */
const struct symbol *symtab_find(const struct symtab *t, uint64_t address);

/* The variable that covers an address, or an offset, or NULL. */
const struct symbol *symtab_find_variable(const struct symtab *t, bool in_thread, uint64_t address);

void symtab_release(struct symtab *t);

#endif
