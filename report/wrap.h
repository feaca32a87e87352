/* SPDX-License-Identifier: MIT */
/*
 * wrap.h - text in lines of limited width, made visible as visible.h does.
 */
#ifndef TENURE_WRAP_H
#define TENURE_WRAP_H

#include <stdio.h>

/*
 * Writes a paragraph, broken between words so that lines stay within `columns`; only a word that is
 * longer than a line makes one longer. `used` columns of the first line are taken; each further
 * line begins with `indent`. What does not fit into `lines` lines is left out and "..." put in its
 * place; 0: all fits. Ends the last line. Returns how many lines it wrote.
 */
unsigned wrap_put(FILE *file, const char *text, unsigned used, const char *indent, unsigned columns,
		  unsigned lines);

/* Writes as much of a text as fits, with "..." where it was cut. Returns the columns it took. */
unsigned wrap_put_cut(FILE *file, const char *text, unsigned columns);

#endif
