/* SPDX-License-Identifier: MIT */
/*
 * artefacts.h - the files that a gate leaves for CI, all in one go.
 *
 * They are opened before anything is run, so that a wrong name does not cost a run; files that are
 * there are replaced, as the next job in the same folder expects. Functions that fail have said why.
 */
#ifndef TENURE_ARTEFACTS_H
#define TENURE_ARTEFACTS_H

#include <stdbool.h>

#include "../../report/gate/gate.h"

#define ARTEFACTS_MAX 9

/* Zero-initialise to start. */
struct artefacts {
	struct artefact {
		const struct gate_format *format;
		const char *path;
		FILE *file;
		bool append; /* to a file that belongs to somebody else */
	} list[ARTEFACTS_MAX];
	unsigned count;
};

/* Nothing if path is NULL. */
void artefacts_add(struct artefacts *a, const struct gate_format *format, const char *path,
		   bool append);

int artefacts_open(struct artefacts *a);

int artefacts_write(struct artefacts *a, const struct model_gate *gate,
		    const struct report_options *options);

#endif
