/* SPDX-License-Identifier: MIT */
/*
 * python_links.h - what points from one object of Python to the next, as its users know it: "['name']" of
 * a dictionary or an instance, "[3]" of a list.
 *
 * Between the two there may be blocks that are no objects, or that nobody has asked for: the table of a
 * dictionary, the items of a list, the dictionary or the values of an instance. These are parts of
 * the object, and words in them are its own. Where names are depends on the version: dictobject.c and
 * Include/internal/pycore_dict.h of CPython.
 */
#ifndef TENURE_PYTHON_LINKS_H
#define TENURE_PYTHON_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "../util/arena.h"
#include "reachability.h"

/* Whether block `to` is a part of an object. from: the object, or a part of it, whose word at an offset
 * points there. */
bool python_links_joins(const struct reachability *r, uint32_t object, uint32_t from,
			uint64_t offset, uint32_t to);

/*
 * Whether the word at an offset of a block refers to block `to`, as far as is known: not so where a table of
 * values has something else, and where the dictionary of an instance has its values in that. via: what points
 * to the block, if it is a part, else the block itself.
 */
bool python_links_refers(const struct reachability *r, uint32_t via, uint32_t block,
			 uint64_t offset, uint32_t to);

/* The name of that word, as one of the object that the block is or is a part of; "" if unknown. It lives as
 * long as the arena and the snapshot. */
const char *python_links_name(const struct reachability *r, uint32_t object, uint32_t via,
			      uint32_t block, uint64_t offset, struct arena *arena);

#endif
