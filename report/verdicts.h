/* SPDX-License-Identifier: MIT */
/*
 * verdicts.h - the verdicts in words.
 */
#ifndef TENURE_VERDICTS_H
#define TENURE_VERDICTS_H

#include "../analyzer/model.h"

/* For scripts: "leak", "growing", "cache", ... */
const char *verdicts_name(enum verdict verdict);

/* Of a site, alone: "leaks", "grows", "cache-like", ... */
const char *verdicts_phrase(enum verdict verdict);

/* The same behind "is" or "was": "leaking", "growing", "cache-like", ... */
const char *verdicts_adjective(enum verdict verdict);

/* Leaks, reachable or not. */
bool verdicts_are_leaky(enum verdict verdict);

#endif
