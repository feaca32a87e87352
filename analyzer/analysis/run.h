/* SPDX-License-Identifier: MIT */
/*
 * run.h - the part of the model that is about the run as a whole, and what it could not see.
 *
 * Private to build.c. Every sentence of the limits stands beside each conclusion of a report, so
 * it says what was missed and what that does to the numbers.
 */
#ifndef TENURE_ANALYSIS_RUN_H
#define TENURE_ANALYSIS_RUN_H

#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"
#include "findings.h"
#include "replay.h"

/* After the reader reached its last event. Strings go to the arena. */
void run_describe(struct model_run *run, struct arena *arena, const struct reader *reader,
		  const char *trace_path, const struct replay *replay,
		  const struct findings *findings);

#endif
