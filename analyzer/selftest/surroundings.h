/* SPDX-License-Identifier: MIT */
/*
 * surroundings.h - what of the kernel the recorder uses and may be kept from, tried one by one.
 *
 * None of it decides on a verdict: where something is missing the recorder takes another way, and
 * what came of that is seen in the traces.
 */
#ifndef TENURE_SURROUNDINGS_H
#define TENURE_SURROUNDINGS_H

#include "checks.h"

void surroundings_check(struct checks *c);

#endif
