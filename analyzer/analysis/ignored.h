/* SPDX-License-Identifier: MIT */
/*
 * ignored.h - blocks that the program says are meant to stay. Those that have died are forgotten
 * whenever there are twice as many as were left the last time.
 */
#ifndef TENURE_IGNORED_H
#define TENURE_IGNORED_H

#include <stddef.h>
#include <stdint.h>

#include "livemap.h"

struct ignored_block {
	uint64_t address, birth; /* as in livemap */
};

/* Zero-initialise to start; end with ignored_release. */
struct ignored {
	struct ignored_block *list;
	size_t count, capacity;
	size_t limit; /* to look for dead ones at */
};

/* The block at this address, if it is live. */
void ignored_add(struct ignored *ignored, const struct livemap *live, uint64_t address);

/* Those that are live, ascending by address, each once. You own the copy. */
struct ignored ignored_copy(const struct ignored *ignored, const struct livemap *live);

void ignored_release(struct ignored *ignored);

#endif
