/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what a finding says, in a sentence, and how severe it is.
 *
 * Private to build.c, but for the rules. A sentence states facts of the trace; where evidence is missing it says so
 * instead of concluding.
 */
#ifndef TENURE_EXPLAIN_H
#define TENURE_EXPLAIN_H

#include "../model.h"
#include "../util/arena.h"
#include "findings.h"

/* The name of a rule, for scripts, and how severe it is unless the case is a milder one. */
const char *explain_rule(enum finding_rule rule, enum severity *severity);

/* Fills in all that needs neither stacks nor time. */
void explain_finding(struct model_finding *finding, const struct finding *from,
		     struct arena *arena);

#endif
