/* SPDX-License-Identifier: MIT */
/*
 * trial.h - records a process that loses memory on purpose, in the way that users record theirs.
 *
 * Starts this executable as `tenure run` with itself as the program, so that all that stands between a
 * user and a trace takes part. Several may run at once. Each has a time by which it must have ended,
 * and all that it leaves is in a private folder, which is also where it works.
 */
#ifndef TENURE_TRIAL_H
#define TENURE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../util/arena.h"
#include "planted.h"

/* Strings live in the arena. */
struct trial {
	const char *folder; /* its own */
	pid_t pid;
	uint64_t until_ns;

	/* After trial_wait */
	int status; /* of waitpid */
	bool late; /* it had to be ended */
	const char *said; /* first line of tenure's on its standard error; "" if it said nothing */
	const char *heard; /* first line of whoever wrote there, the dynamic loader for one */
};

/* Makes a folder where files can be made, NULL with errno set if there is nowhere to. */
const char *trial_folder(struct arena *arena);
/* With all that is in there. */
void trial_remove_folder(const char *folder);

/* option: of `tenure run`, NULL for none. Returns -1 with errno set if nothing could be started. */
int trial_start(struct trial *t, struct arena *arena, const char *folder, const char *self,
		enum planted_role role, const char *option);
void trial_wait(struct trial *t, struct arena *arena);

#endif
