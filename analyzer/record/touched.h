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
#include <stddef.h>
#include <stdint.h>

#include "process.h"

#define TOUCHED_RANGES 64

struct touched {
	int fd; /* -1: it cannot be told */
	bool scans; /* the kernel skips what is untouched by itself (Linux 6.7) */
	uint64_t end; /* what lies behind is never asked for */
	/* All that was touched in [seen_from, seen_to) when it was looked at; as the kernel has it. */
	uint64_t seen_from, seen_to;
	struct touched_range {
		uint64_t start, end, categories;
	} seen[TOUCHED_RANGES];
	size_t seen_count;
};

/* Memory that changes meanwhile may be told as it was when memory before it was asked for. */
void touched_open(struct touched *t, const struct process *process, int32_t tid, uint64_t end);
void touched_close(struct touched *t);

/*
 * The first touched pages in [at, end), page addresses, in *start and *stop; none if *start ==
 * *stop, which then is how far it was looked: end, or less, since a look has an end even in
 * terabytes. Returns false if it cannot be told.
 */
bool touched_next(struct touched *t, uint64_t at, uint64_t end, uint64_t *start, uint64_t *stop);

/* Whether a page of so many bytes may have been touched. */
bool touched_page(const struct touched *t, uint64_t page, uint64_t bytes);

#endif
