/* SPDX-License-Identifier: MIT */
/*
 * freeze_copy.h - a copy of a frozen process, to be read while the process goes on.
 *
 * One of its threads is led on a detour to call clone(): a call that it waits in goes on afterwards.
 * The copy is held from birth and never runs; the one call that it makes gives up its descriptors, so
 * that pipes and locks end when the program ends them. It ends when we end, however that is.
 *
 * The program does not see it. A program that is our child gets a sibling in the copy, which is our
 * child too. Others become its parent, but with no signal at its end and seen by no wait() without
 * __WALL; when the copy has ended one thread is made to call wait4() for it.
 *
 * Memory that is shared is not copied: it goes on changing.
 */
#ifndef TENURE_FREEZE_COPY_H
#define TENURE_FREEZE_COPY_H

#include "detour.h"
#include "freeze.h"

struct freeze_copy {
	struct freeze *freeze;
	struct process process; /* the copy itself; it has one thread */
	bool is_ours; /* a child of ours */
	bool is_dead;
	int64_t number; /* of the copy, for the program */
	struct detour_place place;
};

/* Of a process that is frozen now. NULL if it cannot be copied: no thread can be led to the place,
 * there is no memory. */
struct freeze_copy *freeze_copy_new(struct freeze *f, const struct detour_place *place);

/* Kills the copy, which takes as long as making it did. True when it is dead; to be called again
 * until then, by whoever does not want to wait in freeze_copy_free. */
bool freeze_copy_end(struct freeze_copy *c);

/* Kills the copy and sees that nothing is left of it; before freeze_free. */
void freeze_copy_free(struct freeze_copy *c);

#endif
