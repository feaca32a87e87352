/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int message_fatal_status = STATUS_USAGE;
int message_level;

/* One line whatever is in it: a file name must not move the cursor of a terminal. */
static void say(const char *prefix, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return;
	flockfile(stderr);
	fputs(prefix, stderr);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		fprintf(stderr, *c < 0x20 || *c == 0x7f ? "\\x%02x" : "%c", *c);
	fputc('\n', stderr);
	funlockfile(stderr);
	free(text);
}

int error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("tenure: error: ", format, args);
	va_end(args);
	return -1;
}

void hint(const char *format, ...)
{
	va_list args;

	if (message_level < 0)
		return;
	va_start(args, format);
	say("tenure: ", format, args);
	va_end(args);
}

void verbose(const char *format, ...)
{
	va_list args;

	if (message_level < 1)
		return;
	va_start(args, format);
	say("tenure: ", format, args);
	va_end(args);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("tenure: error: ", format, args);
	va_end(args);
	exit(message_fatal_status);
}
