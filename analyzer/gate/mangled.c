/* SPDX-License-Identifier: MIT */
#include "mangled.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

enum follows {
	NOTHING = 1,
	PARAMETERS = 2, /* ( */
	ARGUMENTS = 4, /* of a template, < */
	MEMBER = 8, /* :: */
	TAG = 16, /* of the ABI, [ */
	MEMBER_OF_ARGUMENTS = 32, /* ::, behind ARGUMENTS */
};

#define FUNCTION (NOTHING | PARAMETERS)
#define LONGEST_PART 4096
#define RUST_HASH_LENGTH 17

struct reading {
	const char *at;
	char *name; /* as long as it can become */
	size_t length;
	size_t last; /* where the last part of the name begins */
	unsigned parts;
	bool broken_off; /* inside a part, by a * */
};

static bool is_identifier(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool skip(struct reading *r, const char *text)
{
	if (strncmp(r->at, text, strlen(text)) != 0)
		return false;
	r->at += strlen(text);
	return true;
}

static void begin_part(struct reading *r)
{
	if (r->parts++) {
		memcpy(r->name + r->length, "::", 2);
		r->length += 2;
	}
	r->last = r->length;
}

static void put(struct reading *r, const char *text, size_t length)
{
	memcpy(r->name + r->length, text, length);
	r->length += length;
}

/* A length in decimal and as many bytes. What a * takes of them is filled with ?. */
static bool read_part(struct reading *r)
{
	size_t length = 0;

	while (isdigit((unsigned char)*r->at) && length <= LONGEST_PART)
		length = length * 10 + (size_t)(*r->at++ - '0');
	/* A * may take more digits. */
	if (!length || length > LONGEST_PART || *r->at == '*')
		return false;
	begin_part(r);
	if (skip(r, "_GLOBAL__N_1")) {
		put(r, "(anonymous namespace)", strlen("(anonymous namespace)"));
		return length == strlen("_GLOBAL__N_1");
	}
	for (; length && *r->at != '*'; length--) {
		if (!is_identifier(*r->at) && *r->at != '?')
			return false;
		put(r, r->at++, 1);
	}
	r->broken_off = length > 0;
	for (; length; length--)
		put(r, "?", 1);
	return true;
}

/* What rustc appends to every name, and what changes with every build; models leave it out. */
static bool is_rust_hash(const struct reading *r)
{
	const char *part = r->name + r->last;

	return r->parts > 1 && r->length - r->last == RUST_HASH_LENGTH && part[0] == 'h' &&
	       strspn(part + 1, "0123456789abcdef?") >= RUST_HASH_LENGTH - 1;
}

/* C1, C2, C3 and D0, D1, D2: the parts of one in the source. */
static bool read_structor(struct reading *r)
{
	char kind = *r->at;
	size_t begin = r->last, length = r->length - r->last;

	if (!r->parts || (kind != 'C' && kind != 'D') || !r->at[1] || !strchr("012345?*", r->at[1]))
		return false;
	/* A * takes the number, and what follows it. */
	r->at += r->at[1] == '*' ? 1 : 2;
	begin_part(r);
	if (kind == 'D')
		put(r, "~", 1);
	memcpy(r->name + r->length, r->name + begin, length);
	r->length += length;
	return true;
}

/* Names of the standard library as models shorten them: without the version of its ABI. */
static void read_standard(struct reading *r)
{
	if (skip(r, "St7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE") || skip(r, "Ss")) {
		begin_part(r);
		put(r, "std::string", strlen("std::string"));
		r->last += strlen("std::");
	} else if (skip(r, "St7__cxx11") || skip(r, "St3__1") || skip(r, "St")) {
		begin_part(r);
		put(r, "std", strlen("std"));
	}
}

static bool only_stars(const char *text)
{
	return *text && text[strspn(text, "*")] == '\0';
}

static bool read_nested(struct reading *r, unsigned *follows)
{
	bool structor = false;

	r->at += strspn(r->at, "rVKRO");
	read_standard(r);
	while (isdigit((unsigned char)*r->at) && !r->broken_off)
		if (!read_part(r))
			return false;
	if (is_rust_hash(r) &&
	    (!strcmp(r->at, "E") || !strcmp(r->at, "*") || !strcmp(r->at, "*E"))) {
		r->length = r->last - 2;
		*follows = NOTHING;
		return true;
	}
	if (!r->broken_off)
		structor = read_structor(r);
	*follows = FUNCTION | ARGUMENTS | TAG;
	if (!structor)
		*follows |= MEMBER | MEMBER_OF_ARGUMENTS;
	if (!r->broken_off && skip(r, "E"))
		*follows = FUNCTION;
	else if (!r->broken_off && skip(r, "I"))
		*follows = ARGUMENTS | MEMBER_OF_ARGUMENTS;
	/* One part does not make a function. */
	else if (r->parts < 2)
		*follows &= ~(unsigned)FUNCTION;
	return r->parts && only_stars(r->at);
}

static bool read_plain(struct reading *r, unsigned *follows)
{
	skip(r, "L");
	read_standard(r);
	if (!read_part(r))
		return false;
	*follows = FUNCTION | ARGUMENTS | TAG;
	if (!r->broken_off && skip(r, "I"))
		*follows = ARGUMENTS;
	return only_stars(r->at);
}

/* Parts are written with two bytes or more, and get two in front; one that breaks off can be of any
 * length, and the last may stand there again as a constructor. */
static size_t room_for(const char *pattern)
{
	return 2 * (LONGEST_PART + 2 * strlen(pattern)) + 8;
}

bool mangled_read(struct arena *arena, const char *pattern, struct mangled *mangled)
{
	struct reading r = {.at = pattern};
	bool read;

	if (!skip(&r, "_Z") || !strpbrk(pattern, "*?"))
		return false;
	r.name = xmalloc(room_for(pattern));
	read = skip(&r, "N") ? read_nested(&r, &mangled->follows)
			     : read_plain(&r, &mangled->follows);
	if (read)
		mangled->name = arena_strndup(arena, r.name, r.length);
	free(r.name);
	return read;
}

/* Where arguments of a template end that begin with a <. Of operators that compare it may be wrong. */
static const char *behind_arguments(const char *text)
{
	size_t depth = 0;

	for (; *text; text++) {
		depth += *text == '<';
		/* Not of operator-> */
		if (*text == '>' && text[-1] != '-' && !--depth)
			return text + 1;
	}
	return text;
}

bool mangled_matches(const struct mangled *mangled, const char *function)
{
	const char *name = mangled->name;

	for (; *name; name++, function++)
		if (*name == '?' ? !is_identifier(*function) : *name != *function)
			return false;
	switch (*function) {
	case '\0':
		return mangled->follows & NOTHING;
	case '(':
		return mangled->follows & PARAMETERS;
	case '<':
		return mangled->follows & ARGUMENTS && (mangled->follows & MEMBER_OF_ARGUMENTS ||
							*behind_arguments(function) != ':');
	case ':':
		return mangled->follows & MEMBER;
	case '[':
		return mangled->follows & TAG;
	default:
		return false;
	}
}
