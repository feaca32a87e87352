/* SPDX-License-Identifier: MIT */
#include "glob.h"

#include <string.h>

/*
 * What the last * stands for grows by a byte whenever what follows it does not fit. Earlier ones need
 * never be tried again: the last could take up all that they would leave, so nothing is exponential.
 */
bool glob_matches(const char *pattern, const char *text, size_t length, bool question)
{
	const char *end = text + length;
	const char *star = NULL, *taken = NULL;

	while (text < end) {
		if (*pattern == '*') {
			star = ++pattern;
			taken = text;
		} else if (*pattern && (*pattern == *text || (question && *pattern == '?'))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++taken;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

bool glob_asks_for_something(const char *pattern)
{
	return pattern[strspn(pattern, "*?")] != '\0';
}
