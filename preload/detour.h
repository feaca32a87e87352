/* SPDX-License-Identifier: MIT */
/*
 * detour.h - where the collector has threads of this process make system calls for it; see enum
 * detour_way. Nothing in the process itself goes there.
 */
#ifndef TENURE_DETOUR_H
#define TENURE_DETOUR_H

#include "protocol.h"

/* Says in a new region where that is. */
void detour_describe(struct region_header *h);

#endif
