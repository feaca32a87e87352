/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/options.h"

void settings_add(struct settings *s, const char *key, const char *value)
{
	char *escaped = arena_alloc(s->arena, 2 * strlen(value) + 1);
	char *to = escaped;

	for (; *value; value++) {
		if (*value == ':' || *value == '\\')
			*to++ = '\\';
		*to++ = *value;
	}
	s->text = arena_printf(s->arena, "%s%s%s=%s", s->text, *s->text ? ":" : "", key, escaped);
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0' && strlen(text) < 20;
}

/* P from 0 to 1 in plain decimals, then maybe a seed. */
static bool is_probability(const char *text)
{
	size_t length = strcspn(text, ",");
	size_t whole = strspn(text, "0123456789");
	double value = strtod(text, NULL);

	if (text[length] && !is_number(text + length + 1))
		return false;
	if (!whole || value > 1)
		return false;
	if (whole == length)
		return true;
	return text[whole] == '.' && length > whole + 1 &&
	       whole + 1 + strspn(text + whole + 1, "0123456789") == length;
}

const char *settings_fail_rule(struct arena *arena, const char *rule)
{
	const char *value = strchr(rule, ':');
	uint64_t bytes;

	if (!value++)
		return NULL;
	if (!strncmp(rule, "after:", 6) && is_number(value))
		return rule;
	if (!strncmp(rule, "every:", 6) && is_number(value) && strspn(value, "0") < strlen(value))
		return rule;
	if (!strncmp(rule, "size:", 5) && options_parse_bytes(value, &bytes))
		return arena_printf(arena, "size:%" PRIu64, bytes);
	if (!strncmp(rule, "prob:", 5) && is_probability(value))
		return rule;
	return NULL;
}
