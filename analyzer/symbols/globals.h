/* SPDX-License-Identifier: MIT */
/*
 * globals.h - variables that debug information gives a fixed place: global ones and static ones, in
 * the module or in the thread-local storage of each thread.
 *
 * One walk over all units collects them, without their names: those are made when wanted. Entries are
 * visited in file order only, so the walk is linear for any input. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_GLOBALS_H
#define TENURE_SYMBOLS_GLOBALS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "names.h"
#include "ranges.h"
#include "sections.h"

struct global {
	Dwarf_Die die;
	uint64_t start; /* address, or offset in the thread-local storage */
	uint64_t size_bytes; /* 0 if unknown */
	bool in_thread;
};

/* Zero-initialise to start. */
struct globals {
	struct global *items;
	size_t count, capacity;
	struct ranges fixed, in_threads; /* of indices of items */
};

/* What lies in none of the sections was left out by the linker. */
void globals_collect(struct globals *g, const struct image *image, const struct sections *sections);

/* NULL if there is none. */
const struct global *globals_find(const struct globals *g, bool in_thread, uint64_t address);

/* As a reader of a report wants to see it: "ns::Class::name", "function()::name"; "" if unknown. */
const char *globals_name(const struct global *global, struct names *names);

/* Where it is defined; "" and 0 if unknown. */
const char *globals_source(const struct global *global, struct names *names, uint32_t *line);

/* False if it has no type. */
bool globals_type(const struct global *global, Dwarf_Die *type);

void globals_release(struct globals *g);

#endif
