/* SPDX-License-Identifier: MIT */
/*
 * apis.h - what the analyses need to know about the functions and events of a trace.
 *
 * Names as a programmer writes them, and the family that decides which release fits which
 * allocation. Pure tables; unknown numbers (a newer or damaged trace) get a name too.
 */
#ifndef TENURE_APIS_H
#define TENURE_APIS_H

#include <stdbool.h>
#include <stdint.h>

/* A block must be released by a function of the family that it was allocated by. Aligned new and
 * delete are families of their own, as C++ demands ([expr.delete]) and AddressSanitizer checks. */
enum family {
	FAMILY_NONE = 0, /* unknown or not about heap blocks: never compared */
	FAMILY_MALLOC,
	FAMILY_NEW,
	FAMILY_NEW_ARRAY,
	FAMILY_NEW_ALIGNED,
	FAMILY_NEW_ARRAY_ALIGNED,
	FAMILY_PYTHON_MEM, /* domains of CPython's allocators; that of raw memory is malloc's */
	FAMILY_PYTHON_OBJECT,
};

extern const uint8_t apis_families[UINT8_MAX + 1]; /* enum family by api; for apis_family alone */

static inline enum family apis_family(uint8_t api)
{
	return (enum family)apis_families[api];
}

/* False only if both are known and differ. */
static inline bool apis_release_fits(uint8_t allocation, uint8_t release)
{
	enum family from = apis_family(allocation);
	enum family to = apis_family(release);

	return from == to || from == FAMILY_NONE || to == FAMILY_NONE;
}

/* The two differ in nothing but alignment. */
bool apis_differ_in_alignment_only(uint8_t allocation, uint8_t release);

/* Of objects and other memory of CPython's own. */
static inline bool apis_is_python(uint8_t api)
{
	return apis_family(api) >= FAMILY_PYTHON_MEM;
}

/* A function of CPython's allocators, of whatever domain. */
bool apis_is_of_interpreter(uint8_t api);

/* The function to release a block of this family with, e.g. "operator delete[]". */
const char *apis_release_name(enum family family);

/* "malloc", "operator new[]", ...; "?" if unknown. */
const char *apis_name(uint8_t api);

/* The same as one word for tables of key=value: "malloc", "new[]", ... */
const char *apis_word(uint8_t api);

/* "alloc", "realloc-begin", ...; "?" if unknown. */
const char *apis_event_word(uint8_t kind);

#endif
