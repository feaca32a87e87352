/* SPDX-License-Identifier: MIT */
/*
 * equal_strings.h - counts strings of Python by their text, to find those that are there many times.
 *
 * Of a text only its hash and one of its strings is kept, each with the same probability (reservoir
 * sampling of one, Vitter 1985, algorithm R): so that who made many of them is likely to have made
 * that one. Memory is bounded: of more than 2^20 texts those that came first are counted.
 */
#ifndef TENURE_EQUAL_STRINGS_H
#define TENURE_EQUAL_STRINGS_H

#include <stddef.h>
#include <stdint.h>

struct equal_string {
	uint64_t hash; /* of the text */
	uint64_t address; /* of one string that has it */
	uint32_t count; /* 0: no text */
	uint32_t text_bytes;
};

/* Zero-initialise; end with equal_strings_release. */
struct equal_strings {
	struct equal_string *list; /* room for a power of two, those with a count are valid */
	size_t room;

	/* Own */
	size_t used;
	uint64_t random; /* the state of a generator: the same texts give the same strings */
};

void equal_strings_see(struct equal_strings *e, uint64_t address, const char *text,
		       size_t text_bytes);

void equal_strings_release(struct equal_strings *e);

#endif
