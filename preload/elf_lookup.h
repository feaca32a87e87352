/* SPDX-License-Identifier: MIT */
/*
 * elf_lookup.h - finds a function by name among the loaded modules, in the loader's order.
 *
 * What dlsym does, without its side effects: a name that is not there is not an error (dlsym
 * allocates its message and replaces one that the program may still want), and modules outside the
 * global scope are searched too. Takes the loader's lock. Versions are not looked at.
 */
#ifndef TENURE_ELF_LOOKUP_H
#define TENURE_ELF_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

/* The first definition in a module behind this library, or NULL. */
void *elf_lookup_next(const char *name);

/* The definition that takes the place of ours, in the executable or an earlier preload, or NULL. */
void *elf_lookup_before(const char *name);

struct elf_symbol {
	void *address;
	uint64_t bytes; /* of the function or variable */
	uint64_t low, high; /* of the module that has it */
};

/* In any module but this library, or only in the one that holds the address `within`, if that is not
 * 0. False if there is none. */
bool elf_lookup(const char *name, uint64_t within, struct elf_symbol *symbol);

#endif
