/* SPDX-License-Identifier: MIT */
#include "warn.h"

#include <stddef.h>
#include <string.h>

#include "syscalls.h"

void warn(const char *text, const char *detail)
{
	static const char prefix[] = "tenure: ";
	char line[512];
	size_t length = 0;
	const char *parts[] = {prefix, text, detail, "\n"};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		size_t bytes = strlen(parts[i]);

		if (bytes > sizeof line - length)
			bytes = sizeof line - length;
		memcpy(line + length, parts[i], bytes);
		length += bytes;
	}
	sys_call(SYS_write, 2, (long)line, (long)length, 0, 0, 0);
}
