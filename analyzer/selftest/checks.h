/* SPDX-License-Identifier: MIT */
/*
 * checks.h - the list of what was tested and what came of it. Strings live in the arena.
 */
#ifndef TENURE_CHECKS_H
#define TENURE_CHECKS_H

#include <stdbool.h>
#include <stdio.h>

#include "../util/arena.h"

enum check_state {
	CHECK_OK = 0,
	CHECK_MISSING, /* verdicts do without */
	CHECK_FAILED, /* verdicts need it */
	CHECK_UNTESTED, /* because of what failed before */
};

struct check {
	const char *name; /* one word, for scripts */
	enum check_state state;
	const char *detail; /* what was found, without a full stop */
	const char *meaning; /* what follows if it is not OK; "" if it is */
};

/* Zero-initialise to start; end with checks_release. */
struct checks {
	struct check *list;
	size_t count, capacity;
	struct arena arena;
};

/* meaning: what it would mean if the state were not OK. */
void checks_add(struct checks *c, const char *name, enum check_state state, const char *meaning,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

/* From one process to another, which may find fewer than were made. */
void checks_send(const struct checks *c, FILE *to);
void checks_receive(struct checks *c, FILE *from);

/* Nothing failed, so all was tested. */
bool checks_passed(const struct checks *c);

void checks_release(struct checks *c);

#endif
