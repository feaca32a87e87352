/* SPDX-License-Identifier: MIT */
/*
 * sentences.h - lists of sentences that are made one after the other, such as what a trace could not see.
 */
#ifndef TENURE_SENTENCES_H
#define TENURE_SENTENCES_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* Fill in arena, zero the rest. The list lives in the arena; adding moves it. */
struct sentences {
	struct arena *arena;
	const char **list;
	uint32_t count;

	/* Own */
	uint32_t capacity;
};

/* Kept as it is, not copied. */
void sentences_add(struct sentences *s, const char *sentence);

void sentences_say(struct sentences *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
