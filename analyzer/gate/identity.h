/* SPDX-License-Identifier: MIT */
/*
 * identity.h - what a finding is called, and how it is recognised in other runs and builds.
 */
#ifndef TENURE_IDENTITY_H
#define TENURE_IDENTITY_H

#include "../model_gate.h"
#include "../util/arena.h"

/* In front of a fingerprint. Grows when fingerprints are made in another way. */
#define GATE_KEY_VERSION "v1:"

const char *identity_rule(enum gate_rule rule); /* "leak", "double-free", ... */

/* It is about a site that keeps memory. */
bool identity_is_memory(enum gate_rule rule);
/* It is about a number of a process. */
bool identity_is_budget(enum gate_rule rule);

/* false if nothing is wrong with such sites, or with such a finding. */
bool identity_of_verdict(enum verdict verdict, enum gate_rule *rule);
bool identity_of_error(enum finding_rule finding, enum gate_rule *rule);

/* "v1:0123456789abcdef"; "" for a fingerprint of 0. */
const char *identity_key(uint64_t fingerprint, struct arena *arena);

/* What a program is called whatever its version: "server" of "/usr/bin/server-1.2", "python" of
 * python3.11; libtool's "lt-" goes, too. */
const char *identity_program(const char *path, struct arena *arena);

/* The innermost frame that is the program's own business; NULL if there is none. */
const struct model_frame *identity_own_frame(const struct model_stack *stack);

/* "cache_add < load < main": the program's own functions of a stack from the innermost on. */
const char *identity_place(const struct model_stack *stack, struct arena *arena);

#endif
