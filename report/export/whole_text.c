/* SPDX-License-Identifier: MIT */
#include "whole_text.h"

#include <string.h>

#include "../../analyzer/util/array.h"
#include "../utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

char *whole_text_repair(const char *text)
{
	const char *p = text;
	size_t strange = 0;
	uint32_t code;
	char *copy, *end;

	while (*p) {
		unsigned length = utf8_decode(p, &code);

		strange += !length;
		p += length ? length : 1;
	}
	if (!strange)
		return NULL;
	copy = end = xmalloc((size_t)(p - text) + strange * (strlen(REPLACEMENT) - 1) + 1);
	for (p = text; *p;) {
		unsigned length = utf8_decode(p, &code);

		memcpy(end, length ? p : REPLACEMENT, length ? length : strlen(REPLACEMENT));
		end += length ? length : strlen(REPLACEMENT);
		p += length ? length : 1;
	}
	*end = '\0';
	return copy;
}
