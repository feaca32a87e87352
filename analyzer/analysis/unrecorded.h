/* SPDX-License-Identifier: MIT */
/*
 * unrecorded.h - the part of the model that is about programs which a process executed and which could
 * not be recorded. Private to run.c.
 */
#ifndef TENURE_ANALYSIS_UNRECORDED_H
#define TENURE_ANALYSIS_UNRECORDED_H

#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"

/* Fills in run->unrecorded and its count. Strings go to the arena. */
void unrecorded_list(struct model_run *run, struct arena *arena, const struct reader *reader);

/* A sentence about them for run->limits; there must be some. */
const char *unrecorded_sentence(const struct model_run *run, struct arena *arena);

#endif
