/* SPDX-License-Identifier: MIT */
#include "visible.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "../analyzer/util/array.h"
#include "utf8.h"

/* Explicit directional formatting (UAX #9) and the like: names that read otherwise than they are. */
static bool turns_direction(uint32_t code)
{
	return code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* One character, or what stands for it, in up to 16 bytes. Returns how far it goes; sets *width. */
static unsigned next_visible(const char *text, char *shown, size_t *width)
{
	uint32_t code;
	unsigned length = utf8_decode(text, &code);

	if (!length)
		snprintf(shown, 16, "\\x%02x", (unsigned char)*text);
	else if (code == '\n')
		strcpy(shown, "\\n");
	else if (code == '\t')
		strcpy(shown, "\\t");
	else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		snprintf(shown, 16, "\\x%02" PRIx32, code);
	else if (turns_direction(code))
		snprintf(shown, 16, "\\u%04" PRIx32, code);
	else {
		memcpy(shown, text, length);
		shown[length] = '\0';
		*width = 1;
		return length;
	}
	*width = strlen(shown);
	return length ? length : 1;
}

void visible_put(FILE *file, const char *text)
{
	char shown[16];
	size_t width;

	while (*text) {
		text += next_visible(text, shown, &width);
		fputs(shown, file);
	}
}

char *visible_copy(const char *text)
{
	size_t used = 0, capacity = 0;
	char *copy = NULL;
	size_t width;

	for (;;) {
		ARRAY_GROW(copy, used + 16, capacity);
		if (!*text)
			break;
		text += next_visible(text, copy + used, &width);
		used += strlen(copy + used);
	}
	copy[used] = '\0';
	return copy;
}

size_t visible_width(const char *text)
{
	size_t total = 0;
	char shown[16];
	size_t width;

	while (*text) {
		text += next_visible(text, shown, &width);
		total += width;
	}
	return total;
}
