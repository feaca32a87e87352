/* SPDX-License-Identifier: MIT */
/*
 * settings.h - what TENURE_OPTIONS asked for; read once at start, constant afterwards.
 *
 * Syntax: key=value:key=value, the names of the long options of `tenure run`; a colon in a value
 * is written as "\:". Unknown keys are ignored here; `tenure run` refuses them before the start.
 */
#ifndef TENURE_SETTINGS_H
#define TENURE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	char collector[108]; /* abstract socket of the collector, "" if there is none yet */
	char output[1024]; /* file name pattern, handed to a collector of our own */
	char fail_alloc[128]; /* see fail.h */
	char unwinder[16]; /* see unwind.h */
	uint32_t stack_depth; /* frames kept per stack, 0: no stacks */
	bool follow_children;
	uint64_t sample; /* mean bytes between samples, 0: everything is recorded */
	bool verify_unwind; /* tests: see verify.h */
	bool drop_when_full; /* else wait for the collector */
	uint64_t fail_internal; /* tests: the nth fallible system call fails */
	bool no_python; /* CPython's allocators are left alone */
	bool native; /* native frames beside Python's, of the interpreter too */
	bool no_snapshot; /* the process ends without one */
	uint64_t full_wait_ms; /* how long a full ring waits for a collector that shows no life */
};

extern struct settings settings;

void settings_start(const char *options);

/* Unsigned decimal number at s; *end is set behind it. */
uint64_t settings_number(const char *s, const char **end);

#endif
