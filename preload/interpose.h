/* SPDX-License-Identifier: MIT */
/*
 * interpose.h - what the files of interposed functions have in common.
 *
 * Everything exported by the library is marked PUBLIC here and listed in exports.map and in
 * tests/lint/exports.list.
 */
#ifndef TENURE_INTERPOSE_H
#define TENURE_INTERPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"
#include "unwind.h"

#define PUBLIC __attribute__((visibility("default")))

/*
 * The operator new under way whose real form runs unguarded, because it may throw or call the
 * program's new-handler: the malloc it makes, of this size and below this frame, is recorded as
 * the operator's. Valid until the frame is gone.
 */
struct interpose_as {
	enum api api; /* API_NONE: no operator under way */
	bool failure_recorded;
	size_t size;
	struct unwind_start start; /* where the program called the operator */
};

extern __thread struct interpose_as interpose_as __attribute__((tls_model("initial-exec")));

/* Whether a call of malloc or of a nested operator belongs to the operator under way. */
static inline bool interpose_continues(size_t size, const struct unwind_start *start)
{
	if (__builtin_expect(interpose_as.api == API_NONE, 1))
		return false;
	if (start->sp >= interpose_as.start.sp)
		interpose_as.api = API_NONE; /* it has thrown */
	return interpose_as.api != API_NONE && interpose_as.size == size;
}

#endif
