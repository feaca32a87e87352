/* SPDX-License-Identifier: MIT */
/*
 * scan.h - finds the chunks of a file and fills a catalog from them. Private to analyzer/trace.
 *
 * By the index, or, if the file has no usable one, by walking the chunks; both give the same for
 * a whole file.
 */
#ifndef TENURE_SCAN_H
#define TENURE_SCAN_H

#include "catalog.h"
#include "source.h"

/* Loads all that is whole. Damage is noted in the source; returns false only if the program
 * record could not be read, so that there is nothing to show. */
bool scan_load(struct catalog *catalog, struct source *source);

#endif
