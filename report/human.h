/* SPDX-License-Identifier: MIT */
/*
 * human.h - numbers as people read them, and strings that cannot drive a terminal.
 */
#ifndef TENURE_HUMAN_H
#define TENURE_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A formatted number, to be used within the expression that makes it. */
struct human {
	char text[64];
};

struct human human_count(uint64_t value); /* 1,234,567 */
struct human human_bytes(uint64_t bytes, bool exact); /* 1.2 MiB, or 1,234,567 if exact */
struct human human_duration(uint64_t ns); /* 1.23 s */
struct human human_share(uint64_t part, uint64_t whole); /* 12 %; "<1 %" unless 0; "" of nothing */
struct human human_time(uint64_t realtime_ns); /* local time, to the second */

/*
 * Writes a string with everything made visible that a terminal would act upon: control characters
 * of both sets, bytes that are no UTF-8, marks that turn the direction of writing.
 */
void human_put(FILE *file, const char *text);

/* Columns that human_put takes, at one per character. */
size_t human_width(const char *text);

/* The part of a path behind the last slash. */
/* The ending of a noun behind a count: "" or "s". */
const char *human_plural(uint64_t count);

const char *human_basename(const char *path);

#endif
