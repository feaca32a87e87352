/* SPDX-License-Identifier: MIT */
#include "demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/*
 * libiberty refuses names of more than 1,024 characters unless its limit on recursion is off, and
 * real C++ names are longer. With the limit off it takes up to about 1 KiB of stack a character.
 */
#define LONGEST_LIMITED 1024
#define LONGEST_SYMBOL 4096
#define LONGEST_RESULT (64u << 10)
#define MOST_D_REFERENCES 10

#define STYLE (DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP)

struct output {
	char *text;
	size_t length, capacity;
	jmp_buf overflow;
};

static void append(const char *piece, size_t length, void *opaque)
{
	struct output *out = opaque;

	if (length > LONGEST_RESULT - out->length)
		longjmp(out->overflow, 1);
	ARRAY_GROW(out->text, out->length + length + 1, out->capacity);
	memcpy(out->text + out->length, piece, length);
	out->length += length;
	out->text[out->length] = '\0';
}

/* Substitutions in a short name can stand for gigabytes of text, hence the way out of append. */
static bool print_into(struct output *out, const char *symbol, int options,
		       int (*print)(const char *, int, demangle_callbackref, void *))
{
	return setjmp(out->overflow) == 0 && print(symbol, options, append, out) && out->length;
}

static char *print_bounded(const char *symbol, int options,
			   int (*print)(const char *, int, demangle_callbackref, void *))
{
	struct output out = {0};

	if (print_into(&out, symbol, options, print))
		return out.text;
	free(out.text);
	return NULL;
}

/* Replaces all of a phrase; the replacement is not longer. */
static void shorten(char *text, const char *phrase, const char *by)
{
	size_t phrase_length = strlen(phrase);
	size_t by_length = strlen(by);
	char *to = strstr(text, phrase);
	const char *from = to;

	if (!to)
		return;
	while (*from) {
		if (strncmp(from, phrase, phrase_length) == 0) {
			memcpy(to, by, by_length);
			to += by_length;
			from += phrase_length;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

void demangle_shorten(char *text)
{
	shorten(text, "std::__cxx11::", "std::");
	shorten(text, "std::__1::", "std::");
	shorten(text, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
		"std::string");
	shorten(text, "std::string >", "std::string>");
}

/* gfortran: __MODULE_MOD_PROCEDURE */
static char *demangle_fortran(const char *symbol)
{
	const char *separator;
	char *text;

	if (strncmp(symbol, "__", 2) != 0 || !islower((unsigned char)symbol[2]))
		return NULL;
	separator = strstr(symbol, "_MOD_");
	if (!separator || !separator[5])
		return NULL;
	text = xmalloc(strlen(symbol));
	memcpy(text, symbol + 2, (size_t)(separator - symbol) - 2);
	strcpy(text + (separator - symbol) - 2, "::");
	strcat(text, separator + 5);
	return text;
}

/* The demangler of D writes to memory only, and each back reference can double what it writes. */
static char *demangle_d(const char *symbol)
{
	unsigned references = 0;

	if (symbol[1] != 'D' || !isdigit((unsigned char)symbol[2]) ||
	    strlen(symbol) > LONGEST_LIMITED)
		return NULL;
	for (const char *c = symbol; *c; c++)
		references += *c == 'Q';
	return references <= MOST_D_REFERENCES ? dlang_demangle(symbol, STYLE) : NULL;
}

char *demangle_symbol(const char *symbol, const char **language)
{
	size_t length = demangle_base_length(symbol);
	int options = length > LONGEST_LIMITED ? STYLE | DMGL_NO_RECURSE_LIMIT : STYLE;
	char *base;
	char *text;

	*language = "";
	if (length < 3 || length > LONGEST_SYMBOL || symbol[0] != '_')
		return NULL;
	base = xmalloc(length + 1);
	memcpy(base, symbol, length);
	base[length] = '\0';
	if ((text = print_bounded(base, STYLE, rust_demangle_callback))) {
		*language = "rust";
	} else if (strncmp(base, "_Z", 2) == 0 &&
		   (text = print_bounded(base, options, cplus_demangle_v3_callback))) {
		*language = "c++";
		demangle_shorten(text);
	} else if ((text = demangle_d(base))) {
		*language = "d";
	} else if ((text = demangle_fortran(base))) {
		*language = "fortran";
	}
	free(base);
	return text;
}

static bool is_number(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return length > 0;
}

/* Names that gcc and clang append, after a dot, to copies and parts of a function. */
static bool is_clone_word(const char *text, size_t length)
{
	static const char *const words[] = {
		"cold", "part",	      "isra",	  "constprop",	 "clone", "llvm",
		"lto",	"localalias", "lto_priv", "specialized", "split", "__uniq",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == length && memcmp(text, words[i], length) == 0)
			return true;
	return false;
}

/* Where the last part of a name begins, behind its dot; 0 if it has but one. */
static size_t last_part(const char *name, size_t length)
{
	while (length && name[length - 1] != '.')
		length--;
	return length;
}

size_t demangle_base_length(const char *symbol)
{
	size_t length = strcspn(symbol, "@");

	if (!length)
		return strlen(symbol);
	for (;;) {
		size_t part = last_part(symbol, length);
		size_t before;

		if (part < 2)
			return length;
		before = last_part(symbol, part - 1);
		/* Numbers are ours to take only in C names: those of Go end in numbers, too. */
		if (!is_clone_word(symbol + part, length - part) &&
		    !(is_number(symbol + part, length - part) &&
		      (!before || is_clone_word(symbol + before, part - 1 - before))))
			return length;
		length = part - 1;
	}
}
