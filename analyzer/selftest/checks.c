/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../util/array.h"

void checks_add(struct checks *c, const char *name, enum check_state state, const char *meaning,
		const char *format, ...)
{
	char detail[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	ARRAY_GROW(c->list, c->count + 1, c->capacity);
	c->list[c->count++] = (struct check){
		.name = name,
		.state = state,
		.detail = arena_strdup(&c->arena, detail),
		.meaning = state == CHECK_OK ? "" : meaning,
	};
}

bool checks_passed(const struct checks *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].state == CHECK_FAILED)
			return false;
	return true;
}

/* A digit for the state, then the strings, each with its NUL. */
void checks_send(const struct checks *c, FILE *to)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct check *check = &c->list[i];

		fprintf(to, "%d%s%c%s%c%s%c", (int)check->state, check->name, 0, check->detail, 0,
			check->meaning, 0);
	}
	fflush(to);
}

void checks_receive(struct checks *c, FILE *from)
{
	char *text[3] = {NULL, NULL, NULL};
	size_t room[3] = {0};

	while (getdelim(&text[0], &room[0], '\0', from) > 1 &&
	       getdelim(&text[1], &room[1], '\0', from) > 0 &&
	       getdelim(&text[2], &room[2], '\0', from) > 0)
		checks_add(c, arena_strdup(&c->arena, text[0] + 1),
			   (enum check_state)(text[0][0] - '0'), arena_strdup(&c->arena, text[2]),
			   "%s", text[1]);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		free(text[i]);
}

void checks_release(struct checks *c)
{
	free(c->list);
	arena_release(&c->arena);
	*c = (struct checks){0};
}
