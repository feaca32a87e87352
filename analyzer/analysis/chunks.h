/* SPDX-License-Identifier: MIT */
/*
 * chunks.h - what allocators put around blocks: headers, and bytes that they round up.
 *
 * glibc's malloc, by malloc.c (2.36, 64 bits): a chunk is what was asked for and one word, rounded up to
 * MALLOC_ALIGNMENT (16) and at least MINSIZE (32); its block lends a word from the next chunk. One
 * that was mapped has two words of header, cannot lend, and fills its pages. Splitting may leave a
 * chunk 16 bytes larger when the rest would be below MINSIZE: not seen from here. Sizes above
 * PTRDIFF_MAX, which malloc refuses, have no rounding.
 *
 * CPython's pymalloc, by Objects/obmalloc.c (3.8 and later, 64 bits): blocks of its domains for memory
 * and objects, of 1 to 512 bytes, are rounded up to 16 and have no header; others come from malloc.
 * Its debug hooks put 16 bytes in front of blocks of all domains and 8 behind.
 */
#ifndef TENURE_CHUNKS_H
#define TENURE_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "../trace/reader.h"

#define CHUNKS_PYMALLOC_MAX 512u /* bytes */
#define CHUNKS_PYMALLOC_ALIGNMENT 16u
#define CHUNKS_PYTHON_DEBUG_HEADER 16u
#define CHUNKS_PYTHON_DEBUG_TRAILER 8u

/* All zero: nothing is known. */
struct chunk_rules {
	bool glibc; /* malloc is glibc's; else nothing is said of any block */
	bool pymalloc;
	bool python_debug;
	bool python_unknown; /* of what serves CPython's domains for memory and objects nothing is known */
};

/* Of one block, in bytes. */
struct chunk_overhead {
	uint64_t rounding, headers;
};

/* What the trace tells of its allocators. Others than glibc's have their own ways. */
struct chunk_rules chunks_of_trace(const struct reader *reader);

/* api: what allocated the block; direct: mapped by itself, see pages_is_direct. */
struct chunk_overhead chunks_around(const struct chunk_rules *rules, uint8_t api,
				    uint64_t size_bytes, bool direct);

/* Whether the block lies in a pool of pymalloc, if that has one at its address; *bytes: how many it takes
 * there. */
bool chunks_in_pool(const struct chunk_rules *rules, uint8_t api, uint64_t size_bytes,
		    uint32_t *bytes);

/* Bytes that malloc_usable_size says of a block of glibc, and the header in front of it. */
uint64_t chunks_glibc_usable(uint64_t size_bytes, bool direct);
uint64_t chunks_glibc_header(bool direct);

#endif
