/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "message.h"

#define BLOCK_BYTES (64u << 10)

struct arena_block {
	struct arena_block *next;
	char bytes[] __attribute__((aligned(16)));
};

void *arena_alloc(struct arena *a, size_t bytes)
{
	void *p;

	bytes = (bytes + 15) & ~(size_t)15;
	if (!a->blocks || bytes > a->block_bytes - a->used_bytes) {
		size_t block_bytes = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
		struct arena_block *block = xcalloc(1, sizeof *block + block_bytes);

		block->next = a->blocks;
		a->blocks = block;
		a->block_bytes = block_bytes;
		a->used_bytes = 0;
	}
	p = a->blocks->bytes + a->used_bytes;
	a->used_bytes += bytes;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t bytes)
{
	char *copy = arena_alloc(a, bytes + 1);

	memcpy(copy, s, bytes);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;
	char *copy;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		die("out of memory");
	copy = arena_strndup(a, text, (size_t)length);
	free(text);
	return copy;
}

void arena_release(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *block = a->blocks;

		a->blocks = block->next;
		free(block);
	}
	a->used_bytes = a->block_bytes = 0;
}
