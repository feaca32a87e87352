/* SPDX-License-Identifier: MIT */
/*
 * qualified.h - names of variables and types with the namespaces, classes and functions around them.
 *
 * Linkage names are complete where they can be demangled; otherwise the name is put together from the
 * entries around, and what would be too long is left out. Results are owned by the names. Private to
 * symbols/.
 */
#ifndef TENURE_SYMBOLS_QUALIFIED_H
#define TENURE_SYMBOLS_QUALIFIED_H

#include <elfutils/libdw.h>

#include "names.h"

/* "ns::Class::name", "function()::name"; "" if it has no name. */
const char *qualified_variable(const Dwarf_Die *die, struct names *names);

/* "ns::Class", "struct tag" where the language says so; "" if it has no name. */
const char *qualified_type(const Dwarf_Die *die, struct names *names);

#endif
