/* SPDX-License-Identifier: MIT */
/*
 * target_check.h - can this program be recorded? Told before it is started.
 *
 * A preloaded library reaches only programs that the dynamic loader of our own libc starts, with
 * the privileges we have. The verdict is about what would be executed: of a script, its
 * interpreter. What cannot be read or judged is let through: exec itself will tell.
 */
#ifndef TENURE_TARGET_CHECK_H
#define TENURE_TARGET_CHECK_H

#include <limits.h>

struct target_verdict {
	int status; /* 0: can be recorded; else the exit status: 125, 126 or 127 */
	char path[PATH_MAX]; /* what would be executed; "" if it was not found */
	char problem[PATH_MAX + 256]; /* one line */
	const char *hint; /* what to do about it, NULL: nothing */
};

/* name: as given to execvp. */
void target_check(const char *name, struct target_verdict *verdict);

#endif
