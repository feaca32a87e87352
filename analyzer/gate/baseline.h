/* SPDX-License-Identifier: MIT */
/*
 * baseline.h - the findings that a project knows of and has not mended yet: a text file to be kept with
 * the sources and reviewed like them.
 *
 * One finding a line, sorted by program and place, so that a change shows as the lines it is about:
 *
 *	leak v1:9f3c0a1b2c3d4e5f 3 blocks 4096 bytes test_parser: cache_add < load < main
 *
 * The key and the program identify it; neither holds lines, addresses or folders. Amounts are the most
 * of any process. The place is for people. Lines that begin with # and empty ones are passed over.
 * Pure: text comes in, lines go out to a FILE.
 */
#ifndef TENURE_BASELINE_H
#define TENURE_BASELINE_H

#include <stdio.h>

#include "../model_gate.h"
#include "../util/arena.h"

struct baseline_entry {
	const char *rule; /* as model_gate_finding.rule_name, as are: */
	const char *key, *program, *place;
	uint64_t blocks, bytes;
};

/* Zero-initialise to start; end with baseline_release. Strings live in the arena. */
struct baseline {
	struct baseline_entry *entries;
	size_t count;

	/* Own */
	size_t capacity;
};

struct baseline_error {
	uint32_t line; /* from 1 */
	const char *message;
};

/* Returns -1 with *why set if a line cannot be understood. */
int baseline_parse(struct baseline *b, struct arena *arena, const char *text, size_t bytes,
		   struct baseline_error *why);

/* NULL if there is none. Sites that kept memory match whatever their rule: a leak may look like growth
 * in the next run. */
const struct baseline_entry *baseline_find(const struct baseline *b, enum gate_rule rule,
					   const char *key, const char *program);

void baseline_add(struct baseline *b, const struct baseline_entry *entry);

/* All of it, sorted; reorders the entries. */
void baseline_write(struct baseline *b, FILE *file);

void baseline_release(struct baseline *b);

#endif
