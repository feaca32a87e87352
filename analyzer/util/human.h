/* SPDX-License-Identifier: MIT */
/*
 * human.h - numbers as people read them.
 */
#ifndef TENURE_HUMAN_H
#define TENURE_HUMAN_H

#include <stdbool.h>
#include <stdint.h>

/* A formatted number, to be used within the expression that makes it. */
struct human {
	char text[64];
};

struct human human_count(uint64_t value); /* 1,234,567 */
struct human human_bytes(uint64_t bytes, bool exact); /* 1.2 MiB, or 1,234,567 if exact */
struct human human_duration(uint64_t ns); /* 1.23 s */
struct human human_share(uint64_t part, uint64_t whole); /* 12 %; "<1 %" unless 0; "" of nothing */
struct human human_time(uint64_t realtime_ns); /* local time, to the second */

/* "2.1 MiB a minute", by the largest unit of time that the run lasted twice. What grows within the
 * blink of an eye has no rate that means anything: say none of shorter runs. */
#define HUMAN_RATE_RUN_NS 2000000000u
struct human human_rate(double bytes_per_s, uint64_t run_ns, bool exact);

/* The ending of a noun behind a count: "" or "s". */
const char *human_plural(uint64_t count);

/* The part of a path behind the last slash. */
const char *human_basename(const char *path);

#endif
