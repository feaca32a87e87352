/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what a finding says, in a sentence, and how severe it is.
 *
 * Private to build.c. A sentence states facts of the trace; where evidence is missing it says so
 * instead of concluding.
 */
#ifndef TENURE_EXPLAIN_H
#define TENURE_EXPLAIN_H

#include "../model.h"
#include "../util/arena.h"
#include "findings.h"

/* Fills in all that needs neither stacks nor time. */
void explain_finding(struct model_finding *finding, const struct finding *from,
		     struct arena *arena);

#endif
