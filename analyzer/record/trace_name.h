/* SPDX-License-Identifier: MIT */
/*
 * trace_name.h - the file names of traces.
 *
 * A pattern in the manner of core(5): %e base name of the program as it was executed, %p process id, %t start
 * time in seconds since 1970, %h host, %% a percent sign. A name that is the same for every
 * process belongs to the first one; the others get their process id put in. Nothing is ever
 * overwritten: a name that is taken gets .2, .3, ... appended.
 */
#ifndef TENURE_TRACE_NAME_H
#define TENURE_TRACE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "../trace/writer.h"
#include "../util/arena.h"

struct trace_name {
	char *pattern;
	bool overwrite; /* files that were there before us, see trace_name_init */
	bool constant; /* the pattern has nothing of a single process in it */
	bool literal; /* the pattern is the name, no other will do */
	bool taken; /* a constant name has its first process */
	struct arena arena;
	const char **made; /* files we made ourselves */
	size_t made_count, made_capacity;
};

/* pattern NULL: the default; a folder gets the default inside it. Prints an error and returns -1
 * for one that cannot be a name. */
int trace_name_init(struct trace_name *n, const char *pattern, bool overwrite);
/* A single trace of exactly this path. */
void trace_name_literal(struct trace_name *n, const char *path);

void trace_name_release(struct trace_name *n);

/* Before anything is started: can a trace be made? Prints an error and returns -1 if not. */
int trace_name_check(const struct trace_name *n);

/* The pattern with an absolute path, for processes that work elsewhere; lives as long as n. */
const char *trace_name_absolute(struct trace_name *n);

/* Creates the trace of a program that was executed as `invoked` (a path); *path is owned by n, also
 * if it fails with NULL and errno. */
struct writer *trace_name_open(struct trace_name *n, const struct trace_program *program,
			       const char *invoked, const char **path);

/* How a trace names another one: relative to it in the same folder, else absolute. */
const char *trace_name_from(struct trace_name *n, const char *trace, const char *other);

#endif
