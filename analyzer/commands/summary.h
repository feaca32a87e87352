/* SPDX-License-Identifier: MIT */
/*
 * summary.h - what `tenure PROGRAM` says at the end: one screen, and the command to type next.
 */
#ifndef TENURE_SUMMARY_H
#define TENURE_SUMMARY_H

/* Prints to stderr. A trace that cannot be read is told in one line. */
void summary_print(const char *trace_path);

#endif
