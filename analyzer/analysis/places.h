/* SPDX-License-Identifier: MIT */
/*
 * places.h - whose business an allocation was: the innermost code of its stack that is the program's
 * own, named in one of several ways.
 *
 * The C and C++ libraries, their containers, start-up code and functions that wrap malloc are passed
 * over; a stack of nothing else belongs to its innermost frame. So is code without a name where Python has
 * called it, and for lines any without. Every distinct address is looked up once, so
 * 10^5 stacks cost no more than the addresses that they end in. Private to groups.c.
 */
#ifndef TENURE_PLACES_H
#define TENURE_PLACES_H

#include "frames.h"

enum place_kind { PLACE_FUNCTION, PLACE_FILE, PLACE_LINE, PLACE_MODULE };

/* What an address is known by; equal names in one scope are one place. */
struct place {
	const char *name; /* as shown */
	const char *module, *file; /* the scope; "" where the kind has none */
	uint32_t line; /* of a line that is known; else 0 */
	bool own; /* the program's business */
	bool named; /* as its kind would have it: else by what else is known */
	bool python;

	/* Own: the key. */
	module_id module_id;
	uint64_t address;
	bool used;
};

/* Fill in frames and kind, zero the rest; end with places_release. */
struct places {
	struct frames *frames;
	enum place_kind kind;

	/* Own: by hash of the address. */
	struct place *slots;
	size_t count, slot_count;
};

/* The place that a stack belongs to, named "unknown" if there is none to name. Its strings live as
 * long as the frames' names. */
struct place places_of_stack(struct places *places, stack_id stack);

void places_release(struct places *places);

#endif
