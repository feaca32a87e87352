/* SPDX-License-Identifier: MIT */
/*
 * read_profile.h - profiles from files and pipes.
 */
#ifndef TENURE_READ_PROFILE_H
#define TENURE_READ_PROFILE_H

#include <stdbool.h>

#include "../profile/profile.h"

/* Whether a path is for read_profile: a file that begins as profiles do, or anything that is read but
 * once: a pipe, or "-" for standard input. Traces are read back and forth. */
bool read_profile_is_for(const char *path);

/* Adds all profiles that a file holds, one behind the other. If one of them is damaged, none of them:
 * then returns false after one line on stderr that names the file and the offset. */
bool read_profile(struct profile *into, const char *path);

#endif
