/* SPDX-License-Identifier: MIT */
/*
 * texts.h - text files, read when asked for and kept while they are used.
 *
 * Paths are not to be trusted: only regular files are opened, and read up to the size that they have;
 * nothing in /proc has one. Files of more than 4 MiB, and those with a NUL byte, are no texts.
 * Bounded: at most 64 texts and 32 MiB of them are kept at a time, the ones that were used last; 1 GiB
 * is read in all, and what comes then has no text. Private to symbols/.
 */
#ifndef TENURE_SYMBOLS_TEXTS_H
#define TENURE_SYMBOLS_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../util/arena.h"

#define TEXTS_KEPT 64u

struct text_file;

/* What a file holds, and where its lines are. */
struct text {
	uint32_t file;
	uint32_t byte_count, line_count;
	char *bytes;
	uint32_t *marks; /* where every so many lines begin */
	size_t mark_count, mark_capacity;
	uint64_t last_use;
};

/* Zero-initialise to start; end with texts_release. */
struct texts {
	struct arena paths;
	struct text_file *files; /* that were asked for, if only when they were changed */
	size_t file_count, file_capacity;
	uint32_t *slots; /* by hash of the path: index + 1 into files */
	size_t slot_count; /* a power of two, at least twice file_count; 0 before first use */
	struct text kept[TEXTS_KEPT];
	uint32_t kept_count;
	uint64_t kept_bytes, read_bytes, uses;
};

/* The number of a file, from 0, whether there is one or not. */
uint32_t texts_find(struct texts *t, const char *path);

/* Whether one file was changed after another; false unless both are there. */
bool texts_is_newer(const struct texts *t, uint32_t file, uint32_t than);

/* NULL if it is not to be had. Valid until another one is read. */
const struct text *texts_read(struct texts *t, uint32_t file);

/* A line, from 1 to line_count, without its end, which may be that of other systems. */
const char *texts_line(const struct text *text, uint32_t line, size_t *bytes);

void texts_release(struct texts *t);

#endif
