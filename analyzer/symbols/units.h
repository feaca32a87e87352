/* SPDX-License-Identifier: MIT */
/*
 * units.h - functions, files and lines from DWARF debug information.
 *
 * The address ranges of all compilation units are sorted once; the scopes and the line table of a
 * unit are read when an address in it is first asked for. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_UNITS_H
#define TENURE_SYMBOLS_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "names.h"
#include "ranges.h"
#include "symbols.h"

struct unit;

/* Growable, innermost frame first. */
struct frames {
	struct symbol_frame *items;
	size_t count, capacity;
	uint64_t entry; /* first address of the outermost function; 0 if unknown */
};

struct units {
	const struct image *image;
	struct names *names;
	struct unit *items; /* by place in the file */
	size_t count, capacity;
	struct ranges ranges; /* of indices of items */
	uint64_t range_budget; /* ranges that are still believed */
};

/* The image and the names must outlive the units. Without debug information there are none. */
void units_load(struct units *u, const struct image *image, struct names *names);

/*
 * Appends the frames at an address: the inlined calls and the function they were inlined into; one
 * frame without a function if only the line is known, none if nothing is.
 */
void units_lookup(struct units *u, uint64_t address, struct frames *frames);

void units_release(struct units *u);

#endif
