/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <stddef.h>
#include <string.h>

#define STACK_DEPTH_DEFAULT 1024u
#define STACK_DEPTH_MOST 4096u

struct settings settings = {
	.stack_depth = STACK_DEPTH_DEFAULT,
	.follow_children = true,
	.full_wait_ms = 2000,
};

uint64_t settings_number(const char *s, const char **end)
{
	uint64_t number = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		if (number < UINT64_MAX / 10 - 1)
			number = number * 10 + (uint64_t)(*s - '0');
	if (end)
		*end = s;
	return number;
}

/* With K, M or G behind it, as --sample takes it, also in their longer forms. */
static uint64_t bytes_of(const char *value)
{
	static const char units[] = "KMG";
	const char *unit;
	uint64_t number = settings_number(value, &value);

	if (*value && (unit = strchr(units, *value)) != NULL)
		number <<= 10 * (unit - units + 1);
	return number;
}

/* Copies a value up to its colon, resolving "\:"; "" if it does not fit. Returns where the next
 * pair begins. */
static const char *copy_value(const char *s, char *value, size_t value_bytes)
{
	size_t length = 0;
	bool fits = true;

	for (; *s && *s != ':'; s++) {
		if (*s == '\\' && s[1])
			s++;
		fits &= length + 1 < value_bytes;
		if (fits)
			value[length++] = *s;
	}
	value[fits ? length : 0] = '\0';
	return *s ? s + 1 : s;
}

static void copy_text(char *to, size_t to_bytes, const char *value)
{
	if (strlen(value) < to_bytes)
		strcpy(to, value);
}

static void set(const char *key, const char *value)
{
	if (!strcmp(key, "collector"))
		copy_text(settings.collector, sizeof settings.collector, value);
	else if (!strcmp(key, "output"))
		copy_text(settings.output, sizeof settings.output, value);
	else if (!strcmp(key, "fail-alloc"))
		copy_text(settings.fail_alloc, sizeof settings.fail_alloc, value);
	else if (!strcmp(key, "unwinder"))
		copy_text(settings.unwinder, sizeof settings.unwinder, value);
	else if (!strcmp(key, "follow"))
		settings.follow_children = strcmp(value, "none") != 0;
	else if (!strcmp(key, "on-full"))
		settings.drop_when_full = !strcmp(value, "drop");
	else if (!strcmp(key, "fail_internal"))
		settings.fail_internal = settings_number(value, NULL);
	else if (!strcmp(key, "verify_unwind"))
		settings.verify_unwind = settings_number(value, NULL) != 0;
	else if (!strcmp(key, "full-wait-ms"))
		settings.full_wait_ms = settings_number(value, NULL);
	else if (!strcmp(key, "snapshot"))
		settings.no_snapshot = !strcmp(value, "none");
	else if (!strcmp(key, "no-python"))
		settings.no_python = settings_number(value, NULL) != 0;
	else if (!strcmp(key, "native"))
		settings.native = settings_number(value, NULL) != 0;
	else if (!strcmp(key, "sample"))
		settings.sample = bytes_of(value);
	else if (!strcmp(key, "stack-depth") && *value)
		settings.stack_depth = (uint32_t)settings_number(value, NULL);
}

void settings_start(const char *options)
{
	static char value[sizeof settings.output];
	char key[32];

	while (*options) {
		size_t length = strcspn(options, "=:");

		if (options[length] != '=' || length >= sizeof key) {
			options += length + (options[length] != '\0');
			continue;
		}
		memcpy(key, options, length);
		key[length] = '\0';
		options = copy_value(options + length + 1, value, sizeof value);
		set(key, value);
	}
	if (*settings.fail_alloc) /* of all allocations, not of those in the sample */
		settings.sample = 0;
	if (settings.stack_depth == 1)
		settings.stack_depth = 2;
	if (settings.stack_depth > STACK_DEPTH_MOST)
		settings.stack_depth = STACK_DEPTH_MOST;
}
