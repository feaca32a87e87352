/* SPDX-License-Identifier: MIT */
/*
 * recording.h - runs a program with the recorder in it, for the commands that do.
 *
 * Functions that fail have said why, and return the exit status that goes with it.
 */
#ifndef TENURE_RECORDING_H
#define TENURE_RECORDING_H

#include <stdbool.h>

#include "../record/collector.h"
#include "../record/launcher.h"
#include "../record/settings.h"
#include "../record/trace_name.h"
#include "../util/arena.h"

struct recording {
	struct settings settings; /* from the environment; the caller adds to them */
	uint64_t snapshot_interval_ns; /* 0: no snapshots by the clock */
	struct trace_name name; /* of the traces; the caller initialises it for every run */
	struct collector *collector; /* of the run under way */

	/* Own */
	struct arena arena;
	char *library;
	struct launcher launcher;
};

/* Once: takes charge of signals. */
int recording_init(struct recording *r);

/* Starts a run. */
int recording_start(struct recording *r, char **argv);

/* Collects until the program has ended; returns its status as waitpid does. follow: its children, too. */
int recording_wait(struct recording *r, bool follow);

/* Says in sentences what of a run was not recorded, and why; but for events that were lost, which its
 * traces tell. is_error: of the system, not of what was run. program: as it was called. */
typedef void recording_remark(void *context, const char *sentence, bool is_error);
void recording_tell_losses(const struct recording *r, const char *program, recording_remark *tell,
			   void *context);

/* After a run, if there is to be another one. */
void recording_end(struct recording *r);

#endif
