/* SPDX-License-Identifier: MIT */
/*
 * parser_strings.c - a parser of settings that releases plain values and forgets quoted ones.
 *
 * A report should show unquote as a leak; keys and plain values are balanced.
 */
#include "work.h"

static int quoted_values;

static char *copy_key(const char *line)
{
	return strndup(line, strcspn(line, "="));
}

static char *copy_plain(const char *value)
{
	return strdup(value);
}

static char *unquote(const char *value)
{
	quoted_values++;
	return strndup(value + 1, strlen(value) - 2);
}

static void parse_line(const char *line)
{
	char *key = copy_key(line);
	const char *value = strchr(line, '=') + 1;

	if (*value == '"') {
		char *text = unquote(value);

		work_scratch();
		text[0] = '*'; /* the bug: a copy was not expected here */
	} else {
		char *text = copy_plain(value);

		work_table();
		free(text);
	}
	free(key);
}

int main(void)
{
	for (int line = 0; line < 9000; line++) {
		char text[100];
		const char *quote = roll(10) < 3 ? "\"" : "";

		snprintf(text, sizeof text, "option.%d=%svalue number %u%s", line, quote,
			 roll(100000), quote);
		parse_line(text);
	}

	expect("site=unquote allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       quoted_values, quoted_values);
	expect("site=copy_key allocations=9000 live_blocks=0 truth=fine verdict=balanced");
	expect("site=copy_plain live_blocks=0 truth=fine verdict=balanced");
	return 0;
}
