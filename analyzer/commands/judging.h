/* SPDX-License-Identifier: MIT */
/*
 * judging.h - feeds a gate: with traces that are there, or with those of a program that is run for it.
 *
 * Traces are analysed one after the other. Only models that the gate refers to stay in memory, and
 * traces that nobody wants to keep go as soon as they were read.
 */
#ifndef TENURE_JUDGING_H
#define TENURE_JUDGING_H

#include "../analysis/build.h"
#include "../gate/gate.h"
#include "recording.h"

/* Fill in gate, which becomes the judging's, and build_options; zero the rest; end with
 * judging_release. */
struct judging {
	struct gate *gate;
	struct build_options build_options;
	/* Told of every process before it is judged; may be NULL. */
	void (*meet)(void *context, const struct model_run *run);
	void *context;
	int wait_status; /* of the program that was run: 0 if all is well */

	/* Own */
	struct build **builds;
	size_t build_count, build_capacity;
	struct arena arena;
	struct recording recording;
	char *folder; /* of traces that are not kept; NULL: there is none */
};

struct judging_wish {
	const char *output; /* names of traces to keep; NULL: none is kept */
	bool force; /* replace traces that are there already */
	uint64_t sample_bytes; /* 0: everything is recorded */
	unsigned runs; /* of the program; the first that fails is the last */
};

/* Both return 0, or the exit status that goes with what they have said. */
int judging_read(struct judging *j, char **paths, size_t count);
int judging_run(struct judging *j, char **command, const struct judging_wish *wish);

void judging_release(struct judging *j);

#endif
