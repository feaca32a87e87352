/* SPDX-License-Identifier: MIT */
/*
 * glob.h - wildcards over text: * for any bytes, also none, and where asked for ? for just one.
 *
 * Takes time in proportion to pattern times text at most, whatever stands in them. Pure.
 */
#ifndef TENURE_GLOB_H
#define TENURE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the whole of a text is as the pattern says. question: ? is a wildcard, not itself. */
bool glob_matches(const char *pattern, const char *text, size_t length, bool question);

/* Something of the pattern must be met: it is not of wildcards alone. */
bool glob_asks_for_something(const char *pattern);

#endif
