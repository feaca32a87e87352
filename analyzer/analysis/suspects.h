/* SPDX-License-Identifier: MIT */
/*
 * suspects.h - the part of findings.h that judges releases of addresses that were not live.
 *
 * Private to findings.c. Addresses are noted during the first replay; the second one follows what
 * became of each of them: the last block that began there, and the live block around it.
 */
#ifndef TENURE_SUSPECTS_H
#define TENURE_SUSPECTS_H

#include "findings.h"

/* Addresses that are judged; releases of further ones count as undecided. */
#define SUSPECTS_MAX 4096u

void suspects_note(struct findings *f, uint64_t address);

/* For the first replay only. */
bool suspects_noted(const struct findings *f, uint64_t address);

/* The second replay. Adds findings, counts what is inherited or undecided. */
void suspects_resolve(struct findings *f, struct reader *reader);

void suspects_release(struct findings *f);

/* Adds an occurrence to its group (occurrences is ignored). Belongs to findings.c. */
void findings_add(struct findings *f, const struct finding *occurrence);

#endif
