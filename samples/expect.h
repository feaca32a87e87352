/* SPDX-License-Identifier: MIT */
/*
 * expect.h - how a sample states what a correct recording of it contains.
 *
 * expect("site=load_names live_blocks=3 live_bytes=96") prints one line on stdout,
 *
 *	EXPECT pid=4711 site=load_names live_blocks=3 live_bytes=96
 *
 * which tests/e2e/expectations.py holds against the traces of that process:
 *
 *	site=FUNCTION [line=N] KEY=VALUE...	sums over the sites whose innermost frame of the
 *						sample itself is in FUNCTION (on that line)
 *	finding=RULE KEY=VALUE...		sums over the findings of that rule
 *	mark=NAME KEY=VALUE...			the epochs of that name (tenure.h), _ for a space
 *	KEY=VALUE...				totals of the whole process
 *
 * Keys are those of the JSON report. A value may be given as N, N.. (at least) or ..N (at most).
 * With a site there are two more. truth=leak or truth=fine: whether memory of that function really
 * piles up, whatever a report says; see samples/corpus/work.h. verdict=NAME or verdict=NAME|NAME: at
 * least one of the sites has one of these verdicts.
 * The helpers use write(2) and the stack only: what a sample says must not change what it counts.
 */
#ifndef SAMPLES_EXPECT_H
#define SAMPLES_EXPECT_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static inline void say_words(const char *prefix, const char *format, va_list arguments)
{
	char line[1024];
	int used = snprintf(line, sizeof line, "%s", prefix);

	used += vsnprintf(line + used, sizeof line - (size_t)used - 1, format, arguments);
	if (used > (int)sizeof line - 2)
		used = (int)sizeof line - 2;
	line[used++] = '\n';
	for (int written = 0; written < used;) {
		ssize_t n = write(STDOUT_FILENO, line + written, (size_t)(used - written));

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			written += (int)n;
	}
}

/* One line on stdout, without an allocation. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_words("", format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 1, 2))) static inline void expect(const char *format, ...)
{
	char prefix[40];
	va_list arguments;

	snprintf(prefix, sizeof prefix, "EXPECT pid=%d ", (int)getpid());
	va_start(arguments, format);
	say_words(prefix, format, arguments);
	va_end(arguments);
}

#endif
