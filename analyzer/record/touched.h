/* SPDX-License-Identifier: MIT */
/*
 * touched.h - which pages of a process were ever touched, by /proc/PID/pagemap.
 *
 * A page that is neither present nor swapped out was not: anonymous memory is zero there. Nothing
 * is changed by asking. Where it cannot be told, all pages count as touched.
 */
#ifndef TENURE_TOUCHED_H
#define TENURE_TOUCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"

struct touched {
	int fd; /* -1: it cannot be told */
	bool scans; /* the kernel skips what is untouched by itself (Linux 6.7) */
};

void touched_open(struct touched *t, const struct process *process, int32_t tid);
void touched_close(struct touched *t);

/*
 * The first touched pages in [at, end), page addresses, in *start and *stop; none if *start ==
 * *stop, which then is how far it was looked: end, or less, since a look has an end even in
 * terabytes. Returns false if it cannot be told.
 */
bool touched_next(struct touched *t, uint64_t at, uint64_t end, uint64_t *start, uint64_t *stop);

#endif
