/* SPDX-License-Identifier: MIT */
/*
 * interpose.h - what the files of interposed functions have in common.
 *
 * Everything exported by the library is marked PUBLIC here and listed in exports.map and in
 * tests/lint/exports.list.
 */
#ifndef TENURE_INTERPOSE_H
#define TENURE_INTERPOSE_H

#include <stddef.h>

#include "protocol.h"

#define PUBLIC __attribute__((visibility("default")))

/*
 * After a failed operator new we call the throwing one once more, unguarded, so that it can throw
 * through us; a new-handler may let it succeed. If its malloc then succeeds with that very size,
 * the block is of this operator's family.
 */
struct interpose_as {
	enum api api;
	size_t size;
};

extern __thread struct interpose_as interpose_as __attribute__((tls_model("initial-exec")));

#endif
