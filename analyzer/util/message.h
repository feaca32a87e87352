/* SPDX-License-Identifier: MIT */
/*
 * message.h - what tenure says to its user on stderr: one line each, never on stdout.
 */
#ifndef TENURE_MESSAGE_H
#define TENURE_MESSAGE_H

#include <stdnoreturn.h>

enum {
	STATUS_USAGE = 2, /* wrong command line, unreadable trace */
	STATUS_TOOL_FAILED = 125, /* run: tenure itself failed, as env(1) reports it */
	STATUS_CANNOT_EXECUTE = 126,
	STATUS_NOT_FOUND = 127,
};

/* "tenure: error: ..." Returns -1, so that `return error(...)` is one line. */
int error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "tenure: ..." what the user can do about it, or a remark. */
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Remark that -q silences and that only -v shows. */
void verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* error() and exit with message_fatal_status. For conditions that no caller can handle. */
noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern int message_fatal_status; /* STATUS_USAGE unless a command sets it */
extern int message_level; /* -1 quiet, 0 normal, 1 verbose */

#endif
