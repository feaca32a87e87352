/* SPDX-License-Identifier: MIT */
/*
 * visible.h - strings that cannot drive a terminal.
 */
#ifndef TENURE_VISIBLE_H
#define TENURE_VISIBLE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Writes a string with everything made visible that a terminal would act upon: control characters
 * of both sets, bytes that are no UTF-8, marks that turn the direction of writing.
 */
void visible_put(FILE *file, const char *text);

/* The same in memory that you own. */
char *visible_copy(const char *text);

/* Columns that visible_put takes, at one per character. */
size_t visible_width(const char *text);

#endif
