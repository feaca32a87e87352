/* SPDX-License-Identifier: MIT */
/*
 * types.h - of which C++ or Python class the blocks of a site are: objects of the former begin with a
 * pointer to the virtual table of their class, which says its name even in stripped files.
 *
 * Of the classes that a site's blocks show, the one that most have is found by majority vote (Boyer
 * and Moore, 1981) in one pass; without a majority there is none.
 */
#ifndef TENURE_TYPES_H
#define TENURE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"
#include "frames.h"

struct types_site {
	uint64_t vtable; /* run-time address, or of a class of Python; 0: none seen */
	uint32_t votes; /* left over */
};

/* Zero-initialise; end with types_release. */
struct types {
	struct types_site *sites; /* by index in the tally; NULL: nothing is known */
	size_t site_count;
	const struct trace_snapshot *snapshot;
};

/* snapshot: when that was so, and what classes are called. It stays the caller's. */
void types_init(struct types *types, size_t site_count, const struct trace_snapshot *snapshot);

/* A block of the site begins with a word that may point to a virtual table, or is an object of a
 * class of Python. */
static inline void types_vote(struct types *types, uint32_t site, uint64_t vtable)
{
	struct types_site *s = &types->sites[site];

	if (!s->votes)
		*s = (struct types_site){vtable, 1};
	else if (s->vtable == vtable)
		s->votes++;
	else
		s->votes--;
}

/* The name of the class, "" if it is unknown or if they are no objects. */
const char *types_of_site(const struct types *types, uint32_t site, struct frames *frames);

void types_release(struct types *types);

#endif
