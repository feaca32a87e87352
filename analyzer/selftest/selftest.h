/* SPDX-License-Identifier: MIT */
/*
 * selftest.h - the positive control: does tenure find, here and now, what is known to be there?
 *
 * That nothing was found means little where nothing could have been: in a container, under a filter of
 * system calls, within limits on memory and files. So processes are recorded that lose known blocks in
 * known functions, and their traces must tell of exactly these.
 */
#ifndef TENURE_SELFTEST_H
#define TENURE_SELFTEST_H

#include "checks.h"

/* Adds all checks, always in the same order: fewer only if the analysis broke down, which is a check
 * of its own. Prints nothing and leaves nothing behind. */
void selftest_run(struct checks *c);

#endif
