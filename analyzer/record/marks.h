/* SPDX-License-Identifier: MIT */
/*
 * marks.h - the marks that one recorded process sets, put together from the records that carry
 * their names (protocol.h), and the names, each of which goes into the trace once.
 *
 * A mark that misses one of its records is counted as lost. Memory is bounded, whatever the process
 * does: after MARKS_NAMES_MAX names the marks with yet other ones are all called "others".
 */
#ifndef TENURE_MARKS_H
#define TENURE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/writer.h"
#include "../util/arena.h"

#define MARKS_NAMES_MAX 65536u
#define MARKS_OPEN_MAX 64u

/* A mark whose name is not complete yet. Nearly all are complete a moment later. */
struct marks_draft {
	uint64_t stamp;
	thread_id thread;
	unsigned level;
	uint32_t bytes, pieces; /* of the name, and how many of it are here */
	char name[MARK_NAME_BYTES + MARK_PIECE_BYTES];
};

struct marks {
	struct writer *writer; /* not owned */
	struct marks_draft open[MARKS_OPEN_MAX]; /* the oldest first */
	size_t open_count;
	struct arena texts;
	const char **names; /* of id i at i - 1 */
	size_t name_count, name_capacity;
	mark_id *slots; /* open addressing, 0 is empty; a power of two */
	size_t slot_count;
};

void marks_init(struct marks *m, struct writer *writer);
void marks_release(struct marks *m);

/* A record of kind EVENT_MARK or EVENT_MARK_NAME. True if a mark is complete with it: *mark is then
 * what the trace shall have. */
bool marks_take(struct marks *m, thread_id thread, const struct event_record *record,
		struct event_record *mark);

#endif
