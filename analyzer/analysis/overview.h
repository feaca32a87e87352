/* SPDX-License-Identifier: MIT */
/*
 * overview.h - the parts of the model about the run over time and as a whole: generations, the live
 * set by age, sizes, threads. Private to build.c.
 */
#ifndef TENURE_OVERVIEW_H
#define TENURE_OVERVIEW_H

#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"
#include "generations.h"
#include "tally.h"

/* Of a finished tally; model->run has been described and has the ages of generations. */
void overview_build(struct model *model, struct arena *arena, const struct reader *reader,
		    const struct tally *tally, const struct generations_rule *rule);

/* Resident memory over time. Of more than 1,000 samples as many parts keep the highest of theirs. */
void overview_resident(struct model *model, struct arena *arena, const struct reader *reader);

#endif
