/* SPDX-License-Identifier: MIT */
/*
 * object_names.h - what objects of Python in the memory of a process are called: classes, strings that
 * name attributes and variables, and texts that many other strings have.
 *
 * An object is known by the word that says its type. Which words to look into is seen while they are
 * read anyway; the names are read in batches, from memory that must stay as it is meanwhile.
 */
#ifndef TENURE_OBJECT_NAMES_H
#define TENURE_OBJECT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../trace/trace.h"
#include "../util/arena.h"
#include "equal_strings.h"

/* As the process says in its region; without an interpreter all 0. */
struct object_names_source {
	uint32_t version; /* sys.hexversion */
	uint64_t class_type, string_type; /* addresses of these types */
};

struct object_names {
	struct trace_object_name *list; /* ascending by address after object_names_finish */
	size_t count;

	/* Own */
	struct object_names_source source;
	pid_t memory_tid;
	uint64_t *classes, *strings; /* addresses, not read yet */
	size_t class_count, string_count;
	size_t capacity;
	struct equal_strings equal;
	struct arena arena;
};

/* memory_tid: a thread that has the memory. To be released. */
void object_names_init(struct object_names *n, const struct object_names_source *source,
		       pid_t memory_tid);
void object_names_release(struct object_names *n);

void object_names_see(struct object_names *n, const struct trace_word *words, size_t count);

/* Reads what was seen last. */
void object_names_finish(struct object_names *n);

#endif
