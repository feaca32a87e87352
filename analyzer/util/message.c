/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int message_fatal_status = STATUS_USAGE;
int message_level;

static void say(const char *prefix, const char *format, va_list args)
{
	flockfile(stderr);
	fputs(prefix, stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
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
