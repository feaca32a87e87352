/* SPDX-License-Identifier: MIT */
/*
 * sections.h - which section of a loaded file an address is in, or an offset in thread-local storage.
 * Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_SECTIONS_H
#define TENURE_SYMBOLS_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "ranges.h"

/* Zero-initialise to start. */
struct sections {
	struct ranges fixed, in_threads; /* of indices of names */
	const char **names; /* they belong to the image */
	size_t count, capacity;
};

void sections_load(struct sections *s, const struct image *image);

/* "" if it is in none. */
const char *sections_name(const struct sections *s, bool in_thread, uint64_t address);

/* Whether it is in one; a file without a table of sections holds everything. */
bool sections_hold(const struct sections *s, bool in_thread, uint64_t address);

void sections_release(struct sections *s);

#endif
