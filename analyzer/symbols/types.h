/* SPDX-License-Identifier: MIT */
/*
 * types.h - the layout of types, as far as one entry of debug information tells it.
 *
 * A type can be described in a circle by a damaged file: every answer comes after a bounded number of
 * steps. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_TYPES_H
#define TENURE_SYMBOLS_TYPES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "names.h"

#define TYPES_MOST_DIMENSIONS 8

/* Replaces a type by what its names (typedef) and qualifiers (const) stand for; false for void. */
bool types_strip(Dwarf_Die *type);

/* 0 if unknown */
uint64_t types_size(const Dwarf_Die *type);

/* Of a stripped type: a pointer or a reference, to void or a function as well. */
bool types_is_pointer(Dwarf_Die *type);

/* Of a stripped type: what it points to, if that is data. */
bool types_pointee(Dwarf_Die *type, Dwarf_Die *pointee);

struct types_array {
	Dwarf_Die element;
	uint64_t element_bytes;
	unsigned dimension_count;
	uint64_t dimensions[TYPES_MOST_DIMENSIONS]; /* the first is 0 if it has no bound */
};

/* Of a stripped type. False if it is no array, or not one to find elements in. */
bool types_array(Dwarf_Die *type, struct types_array *array);

/* Whether a stripped type has members. */
bool types_is_aggregate(Dwarf_Die *type);

/* "struct session *", "ns::Class", "char [16]"; "" if unknown. It is owned by the names. */
const char *types_name(const Dwarf_Die *type, struct names *names);

#endif
