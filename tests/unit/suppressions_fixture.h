/* SPDX-License-Identifier: MIT */
/*
 * suppressions_fixture.h - a call stack, and suppression files to hold against it.
 */
#ifndef TENURE_SUPPRESSIONS_FIXTURE_H
#define TENURE_SUPPRESSIONS_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/gate/suppressions.h"
#include "suite.h"

#define TODAY "2026-11-28"
#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

#define PROGRAM "/opt/app/bin/server"
#define LIBC "/lib/x86_64-linux-gnu/libc.so.6"

static const struct model_frame frames[] = {
	{"_IO_new_fopen", "", 0, LIBC, 1, false, "c", "", NULL},
	{"cache::grow(int)", "src/cache.cc", 17, PROGRAM, 2, true, "c++", "", NULL},
	{"", "", 0, "/opt/app/lib/libplugin.so.2", 3, false, "", "", NULL},
	{"", "", 0, "", 0, false, "", "frames left out here: deeper than the limit", NULL},
	{"serve", "/home/u/src/serve.c", 230, PROGRAM, 4, false, "c", "", NULL},
	{"main", "/home/u/src/main.c", 9, PROGRAM, 5, false, "c", "", NULL},
};

static const struct model_stack stack = {frames, COUNT(frames)};

struct parsed {
	struct suppressions s;
	struct arena arena;
	struct suppressions_error why;
	int result;
};

static inline struct parsed parse_bytes(const char *text, size_t bytes)
{
	struct parsed p = {0};

	p.result = suppressions_parse(&p.s, &p.arena, "file", text, bytes, TODAY, &p.why);
	return p;
}

static inline struct parsed parse(const char *text)
{
	struct parsed p = parse_bytes(text, strlen(text));

	ck_assert_msg(p.result == 0, "line %u: %s in:\n%s", p.why.line, p.why.message, text);
	return p;
}

static inline void release(struct parsed *p)
{
	suppressions_release(&p->s);
	arena_release(&p->arena);
}

static inline bool meets(const char *text, const char *api, const struct model_stack *of)
{
	struct parsed p = parse(text);
	bool met = suppressions_match(&p.s, api, of) != NULL;

	release(&p);
	return met;
}

static inline uint64_t next_random(uint64_t *state)
{
	/* Marsaglia, "Xorshift RNGs", 2003. */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The caller frees it. */
static inline char *repeated(const char *piece, size_t times, const char *before,
			     const char *behind)
{
	size_t length = strlen(piece);
	char *text = malloc(strlen(before) + times * length + strlen(behind) + 1);
	char *to = stpcpy(text, before);

	for (size_t i = 0; i < times; i++)
		to = stpcpy(to, piece);
	strcpy(to, behind);
	return text;
}

#endif
