/* SPDX-License-Identifier: MIT */
/*
 * image.h - an ELF file opened for reading symbols, with its debug information if there is any.
 *
 * Opened through libdwfl as a module of its own at bias 0, so addresses are link-time addresses
 * everywhere. The only callback that could ask the network for debug files is replaced by
 * debugfile_open, so libdwfl never loads libdebuginfod, whatever the environment says. Private to
 * symbols/.
 */
#ifndef TENURE_SYMBOLS_IMAGE_H
#define TENURE_SYMBOLS_IMAGE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "debugfile.h"
#include "ranges.h"

struct image {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Dwarf *dwarf; /* NULL: there is none */
	struct debugfile_alternate alternate;
	struct ranges code; /* executable segments */
	uint64_t bytes; /* size of the files read: bounds what a damaged one can make us do */
	bool debug_searched;
};

/*
 * False if the file cannot be used; then *problem says why in a few words (it is a constant or from
 * strerror). A non-empty build_id must be that of the file. Release in either case.
 */
bool image_open(struct image *image, const char *path, const uint8_t *build_id,
		size_t build_id_bytes, const char **problem);

/* Cuts [low, high) to the executable segment that low is in; false if it is in none. */
bool image_clip(const struct image *image, uint64_t *low, uint64_t *high);

void image_release(struct image *image);

#endif
