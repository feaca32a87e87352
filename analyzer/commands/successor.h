/* SPDX-License-Identifier: MIT */
/*
 * successor.h - what a process went on as when it executed another program, through however many of them:
 * env, shells and other wrappers run what a user means in the end.
 */
#ifndef TENURE_SUCCESSOR_H
#define TENURE_SUCCESSOR_H

#include "../trace/reader.h"
#include "../util/arena.h"

struct successor {
	const char *
		program; /* base name of the last one whose trace can be read; NULL: there is none */
	const char *trace; /* its path */
};

/* Reads no events. Strings are in the arena. */
struct successor successor_find(const struct reader *reader, const char *path, struct arena *arena);

#endif
