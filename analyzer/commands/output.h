/* SPDX-License-Identifier: MIT */
/*
 * output.h - the file that a command writes to, standard output unless -o names one.
 *
 * Functions that fail have said why.
 */
#ifndef TENURE_OUTPUT_H
#define TENURE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Refuses what is no name of a file. path may be NULL, here and below: standard output. */
int output_check(const char *path);

/* ".html" of "a/b.html"; NULL without one. */
const char *output_extension(const char *path);

/* Says that no format has this extension. */
void output_refuse_extension(const char *path);

/* An existing file is only overwritten if `force`. */
FILE *output_open(const char *path, bool force);

/* Errors of writing stay in the file until here. false: some of it was not written. */
bool output_close(FILE *file, const char *path);

/* Takes away what nothing was written to. */
void output_remove(const char *path);

#endif
