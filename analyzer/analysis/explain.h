/* SPDX-License-Identifier: MIT */
/*
 * explain.h - the sentences of the model: what a site's numbers mean, what a finding says.
 *
 * Private to build.c. A sentence states facts of the trace; where evidence is missing it says so
 * instead of concluding.
 */
#ifndef TENURE_EXPLAIN_H
#define TENURE_EXPLAIN_H

#include "../model.h"
#include "../util/arena.h"
#include "findings.h"

/* Fills in verdict and why from the site's numbers. */
void explain_site(struct model_site *site, const struct model_run *run, struct arena *arena);

/* Fills in all that needs neither stacks nor time. */
void explain_finding(struct model_finding *finding, const struct finding *from,
		     struct arena *arena);

#endif
