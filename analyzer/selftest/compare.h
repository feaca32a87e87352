/* SPDX-License-Identifier: MIT */
/*
 * compare.h - holds the traces of a trial against what was planted in it.
 */
#ifndef TENURE_COMPARE_H
#define TENURE_COMPARE_H

#include "checks.h"
#include "recordings.h"

/* Of the trial in which memory is lost: which blocks were found, under which names and stacks, in
 * which processes, and what the verdict is. */
void compare_exact(struct checks *c, const struct recordings *r);

/* Of the trial that was sampled: whether the estimate is as near as it claims. */
void compare_sampled(struct checks *c, const struct recording *recording);

#endif
