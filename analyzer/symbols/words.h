/* SPDX-License-Identifier: MIT */
/*
 * words.h - words of 8 bytes in the data of an ELF file, as the loader leaves them.
 *
 * A relocation at the address says what the word is, else the file itself does: that is so for files
 * that are not movable, and for relocations in the compact form (RELR). For the processors that
 * tenure records on; other files have no words. Any bytes are a valid input. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_WORDS_H
#define TENURE_SYMBOLS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"

struct word {
	uint64_t value; /* a link-time address if it is a pointer */
	const char *symbol; /* that it is bound to, if need be in another file; NULL for none */
	bool relocated; /* a pointer for certain; false says nothing */
	bool elsewhere; /* the symbol is not defined here: the value is of no use */
	bool copied; /* what begins here comes from another file, and is not in this one */
};

struct words_piece;
struct relocation;

/* Zero-initialise to start. */
struct words {
	const char *bytes; /* the file; they belong to the image */
	size_t byte_count;
	struct words_piece *pieces;
	size_t piece_count, piece_capacity;
	struct relocation *relocations; /* by address, once loaded */
	size_t relocation_count, relocation_capacity;
};

void words_load(struct words *w, const struct image *image);

/* False if neither the file nor a relocation has anything at the address. */
bool words_read(const struct words *w, uint64_t address, struct word *word);

/* A string that the file has at an address; NULL if it is not there or longer. */
const char *words_string(const struct words *w, uint64_t address, size_t most_bytes);

void words_release(struct words *w);

#endif
