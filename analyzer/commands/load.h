/* SPDX-License-Identifier: MIT */
/*
 * load.h - the model of what a user names: a trace, or a profile of many.
 *
 * Between load_open, which reads no events yet, and load_close.
 */
#ifndef TENURE_LOAD_H
#define TENURE_LOAD_H

#include "../analysis/build.h"
#include "../profile/profile.h"

struct load {
	const char *path;
	struct reader *reader; /* NULL: it is a profile */
	const struct model *model; /* valid from load_model to load_close */

	/* Own */
	struct build build; /* of a trace */
	struct profile profile;
	struct model presented; /* of a profile, in the arena */
	struct arena arena;
};

/* Returns false after one line on stderr that names the file and the offset. Then there is nothing to
 * close. */
bool load_open(struct load *l, const char *path);

/*
 * What a profile does not hold is not in its model, and its limits say so: of the options, only which
 * sites are shown and generations by bytes matter to it. Returns false if it cannot be what the options
 * ask for, having said why.
 */
bool load_model(struct load *l, const struct build_options *options);

/* Returns whether nothing is missing, as far as it was read; one line on stderr tells what is. */
bool load_close(struct load *l);

#endif
