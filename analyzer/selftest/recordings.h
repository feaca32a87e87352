/* SPDX-License-Identifier: MIT */
/*
 * recordings.h - the traces that a trial has left, read and analysed.
 */
#ifndef TENURE_RECORDINGS_H
#define TENURE_RECORDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "../analysis/build.h"
#include "planted.h"

struct recording {
	enum planted_role role; /* told by its arguments, and by whether it began as a fork */
	struct reader *reader;
	struct build build;
};

/* Zero-initialise to start; end with recordings_release. Strings live in the arena given. */
struct recordings {
	struct recording *list;
	size_t count, capacity;
	const char *unreadable; /* what is wrong with the first that could not be read, or NULL */
	bool uncollected; /* a process had to keep its record to itself */
};

void recordings_read(struct recordings *r, struct arena *arena, const char *folder);

/* The first of a role, NULL if there is none. */
const struct recording *recordings_of(const struct recordings *r, enum planted_role role);

void recordings_release(struct recordings *r);

#endif
