/* SPDX-License-Identifier: MIT */
/*
 * settings.h - composes TENURE_OPTIONS, the recorder's settings: key=value:key=value.
 */
#ifndef TENURE_RECORD_SETTINGS_H
#define TENURE_RECORD_SETTINGS_H

#include <stdbool.h>

#include "../util/arena.h"

/* The recorder ignores a longer value as a whole. */
#define SETTINGS_BYTES_MAX 4000

struct settings {
	struct arena *arena; /* not owned */
	const char *text; /* the value so far; start with that of the environment, or "" */
};

/* Of two values of one key the later counts. */
void settings_add(struct settings *s, const char *key, const char *value);

/* Checks "after:N", "every:N", "size:BYTES" or "prob:P[,seed]" and rewrites it the way the recorder
 * reads it (BYTES without a unit). NULL if it is none of these. */
const char *settings_fail_rule(struct arena *arena, const char *rule);

#endif
