/* SPDX-License-Identifier: MIT */
/*
 * python_census.h - how many objects of which class there were at the snapshot, with what is theirs alone:
 * the items of a list, the table of a dictionary, the attributes of an instance.
 */
#ifndef TENURE_PYTHON_CENSUS_H
#define TENURE_PYTHON_CENSUS_H

#include "../model.h"
#include "../util/arena.h"
#include "reachability.h"

/* Fills in the classes of a snapshot; none without an interpreter. The reachability must be known. */
void python_census_build(struct model_snapshot *to, const struct reachability *r,
			 struct arena *arena);

#endif
