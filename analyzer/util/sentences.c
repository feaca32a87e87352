/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* vasprintf */
#include "sentences.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#define FIRST_CAPACITY 8u

void sentences_add(struct sentences *s, const char *sentence)
{
	if (s->count == s->capacity) {
		uint32_t capacity = s->capacity ? 2 * s->capacity : FIRST_CAPACITY;
		const char **list = arena_alloc(s->arena, capacity * sizeof *list);

		if (s->count)
			memcpy(list, s->list, s->count * sizeof *list);
		s->list = list;
		s->capacity = capacity;
	}
	s->list[s->count++] = sentence;
}

void sentences_say(struct sentences *s, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		die("out of memory");
	sentences_add(s, arena_strndup(s->arena, text, (size_t)length));
	free(text);
}
