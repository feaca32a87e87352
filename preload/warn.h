/* SPDX-License-Identifier: MIT */
/*
 * warn.h - the one line that we may write into the program's output.
 */
#ifndef TENURE_WARN_H
#define TENURE_WARN_H

/* Writes both to stderr, prefixed "tenure: ". */
void warn(const char *text, const char *detail);

#endif
