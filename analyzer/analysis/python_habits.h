/* SPDX-License-Identifier: MIT */
/*
 * python_habits.h - ways of keeping data in Python that take more memory than others would, as a snapshot
 * shows them: instances that have their attributes in dictionaries, lists of numbers, equal strings.
 *
 * Sizes are those of CPython's allocator for small blocks, which rounds up to 16 bytes.
 */
#ifndef TENURE_PYTHON_HABITS_H
#define TENURE_PYTHON_HABITS_H

#include <stddef.h>
#include <stdint.h>

#include "reachability.h"

enum python_habit_kind {
	PYTHON_HABIT_INSTANCES, /* of one class, without __slots__ */
	PYTHON_HABIT_FLOATS, /* in lists */
	PYTHON_HABIT_INTS,
	PYTHON_HABIT_STRINGS, /* of few texts */
};

struct python_habit {
	enum python_habit_kind kind;
	const char *name; /* of the class; the text that most strings have; "" of numbers */
	/* Index in the tally: of the instances, the lists' items, the strings. */
	uint32_t site;
	uint64_t groups; /* lists that the numbers are in; texts that the strings have; else 0 */
	uint64_t count; /* of instances, numbers, strings */
	uint64_t most; /* strings that have the text named; else 0 */
	/* That these take: instances with their dictionaries, numbers without lists. */
	uint64_t bytes;
	uint64_t saved_bytes; /* at least: by __slots__, an array, one string for each text */
};

/* Zero-initialise; end with python_habits_release. */
struct python_habits {
	struct python_habit *list; /* in no order that means anything */
	size_t count;

	size_t capacity; /* own */
};

/* What a snapshot shows of each class, and of each site's lists and strings. The reachability must be known. */
void python_habits_find(struct python_habits *h, const struct reachability *r);

void python_habits_release(struct python_habits *h);

#endif
