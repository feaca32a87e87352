/* SPDX-License-Identifier: MIT */
/*
 * fold.h - adds profiles up; see profile.h for why the order does not matter.
 */
#ifndef TENURE_FOLD_H
#define TENURE_FOLD_H

#include "profile.h"

/* Adds all that `from` holds, which must be another profile and stays as it is. */
void fold_profile(struct profile *into, const struct profile *from);

/* Adds a site of the same fingerprint, and of the same program; `into` may be zeroed. */
void fold_site(struct profile_site *into, struct pool *pool, const struct profile_site *from,
	       const struct pool *from_pool);

/* Adds to a histogram. */
void fold_ages(struct profile_ages *into, const struct profile_ages *from);

#endif
