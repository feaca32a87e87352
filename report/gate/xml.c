/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include <inttypes.h>
#include <stdbool.h>

#include "../utf8.h"

/* Section 2.2 of the specification. */
static bool is_character(uint32_t code)
{
	return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xd7ff) ||
	       (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}

static void put(FILE *file, const char *text, bool attribute)
{
	uint32_t code;

	while (*text) {
		unsigned length = utf8_decode(text, &code);

		if (!length || !is_character(code))
			fputs("\xef\xbf\xbd", file);
		else if (code == '&')
			fputs("&amp;", file);
		else if (code == '<')
			fputs("&lt;", file);
		else if (code == '>') /* of ]]> */
			fputs("&gt;", file);
		else if (code == '"')
			fputs("&quot;", file);
		else if (code == '\r' || (code < 0x20 && attribute))
			fprintf(file, "&#%" PRIu32 ";", code);
		else
			fwrite(text, 1, length, file);
		text += length ? length : 1;
	}
}

void xml_put_text(FILE *file, const char *text)
{
	put(file, text, false);
}

void xml_put_attribute(FILE *file, const char *name, const char *value)
{
	fprintf(file, " %s=\"", name);
	put(file, value, true);
	putc('"', file);
}
