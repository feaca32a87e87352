/* SPDX-License-Identifier: MIT */
/*
 * names.h - function names and source paths as a reader of a report wants to see them.
 *
 * Names are demangled with their parameters, because overloads allocate differently, and without
 * return types, hashes, clone suffixes and versioned namespaces, because those change between
 * builds of the same source. Every result is made once per distinct input and lives until
 * names_release. Any byte string is a valid input. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_NAMES_H
#define TENURE_SYMBOLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "../util/arena.h"

struct name_entry;

/* From input to result, by content. */
struct name_table {
	struct name_entry *slots;
	size_t count;
	size_t slot_count; /* a power of two, at least twice count; 0 before first use */
};

/* Zero-initialise to start. */
struct names {
	struct arena text;
	struct name_table functions, paths;
};

struct name {
	const char *text;
	const char *language; /* told by the mangling; "" if it tells nothing */
	bool demangled;
};

/* A name from a symbol table or a linkage name. */
struct name names_function(struct names *n, const char *raw);

/* A source path without "./", "//" and "a/..". */
const char *names_path(struct names *n, const char *raw);

void names_release(struct names *n);

#endif
