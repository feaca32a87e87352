/* SPDX-License-Identifier: MIT */
/*
 * take.h - from the model of one run to its profile.
 *
 * The model needs the stacks of all its sites, and their histograms by the allocation clock in bytes.
 * Paths of programs and modules are cut to their base names, as fingerprints have them, so that it does
 * not matter where a machine keeps them. Sites of one fingerprint are added up; those of the run that
 * have one verdict count as one.
 */
#ifndef TENURE_TAKE_H
#define TENURE_TAKE_H

#include "../model.h"
#include "profile.h"

/* The profile must be empty. You own what it holds from then on. */
void take_run(struct profile *profile, const struct model *model);

#endif
