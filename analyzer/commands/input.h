/* SPDX-License-Identifier: MIT */
/*
 * input.h - small text files that a command is given, and where the project is that they belong to.
 */
#ifndef TENURE_INPUT_H
#define TENURE_INPUT_H

#include <stddef.h>

/* The whole of a file, to be freed; NULL with errno set. */
char *input_read(const char *path, size_t *bytes);

/* The folder that sources are told from: the nearest one with a .git in it, from the working folder on
 * upwards; without one, the working folder. To be freed. */
char *input_project_root(void);

#endif
