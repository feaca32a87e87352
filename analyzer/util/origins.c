/* SPDX-License-Identifier: MIT */
#include "origins.h"

#include <string.h>
#include <strings.h>

#include "human.h"

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* libc.so.6, libc-2.31.so, but not libcrypt.so.1. */
static bool is_library(const char *path, const char *name)
{
	const char *base = human_basename(path);
	size_t length = strlen(name);

	return !strncmp(base, name, length) && base[length] && strchr(".-", base[length]);
}

enum origin origins_of_module(const char *path)
{
	static const struct {
		const char *name;
		enum origin origin;
	} libraries[] = {
		{"libtenure", ORIGIN_RECORDER}, {"libc", ORIGIN_LIBC},
		{"ld-linux", ORIGIN_LIBC},	{"libpthread", ORIGIN_LIBC},
		{"libdl", ORIGIN_LIBC},		{"libstdc++", ORIGIN_LIBCXX},
		{"libgcc_s", ORIGIN_LIBCXX},	{"libc++", ORIGIN_LIBCXX},
		{"libc++abi", ORIGIN_LIBCXX},
	};

	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
		if (is_library(path, libraries[i].name))
			return libraries[i].origin;
	return ORIGIN_PROGRAM;
}

bool origins_is_startup(const char *function)
{
	static const char *const names[] = {
		"_start",
		"__libc_start_main",
		"__libc_start_main_impl",
		"__libc_start_call_main",
		"start_thread",
		"__clone3",
		"clone3",
		"__clone",
		"clone",
	};
	size_t length = strcspn(function, "@"); /* of a version, as in name@@GLIBC_2.34 */

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == length && !strncmp(function, names[i], length))
			return true;
	return false;
}

bool origins_is_library_inside(const char *function)
{
	return starts_with(function, "__gnu_cxx::") || starts_with(function, "std::allocator") ||
	       strstr(function, "::_M_") != NULL || starts_with(function, "std::_") ||
	       starts_with(function, "operator new");
}

bool origins_is_library(const char *function)
{
	return starts_with(function, "std::") || origins_is_library_inside(function);
}

static bool strip_prefix(const char **text, const char *prefix)
{
	if (!starts_with(*text, prefix))
		return false;
	*text += strlen(prefix);
	return true;
}

const char *origins_libc_name(const char *function, size_t *length)
{
	static const char checked[] = "_chk";
	const size_t checked_length = sizeof checked - 1;

	while (strip_prefix(&function, "_") || strip_prefix(&function, "GI_") ||
	       strip_prefix(&function, "IO_") || strip_prefix(&function, "new_"))
		;
	*length = strcspn(function, "@");
	if (*length > checked_length &&
	    !strncmp(function + *length - checked_length, checked, checked_length))
		*length -= checked_length;
	return function;
}

bool origins_is_wrapper(const char *function)
{
	static const char *const words[] = {"malloc", "calloc",	 "realloc", "zalloc",
					    "strdup", "strndup", "memdup",  NULL};
	const char *end = function + strcspn(function, "(<");
	const char *name = end;

	/* Of a qualified name the last part counts: a class may be called malloc_cache. */
	while (name > function && name[-1] != ':')
		name--;
	for (size_t i = 0; words[i]; i++)
		for (const char *p = name; p + strlen(words[i]) <= end; p++)
			if (!strncasecmp(p, words[i], strlen(words[i])))
				return true;
	return false;
}

bool origins_is_own(const char *module_path, const char *function)
{
	return origins_of_module(module_path) == ORIGIN_PROGRAM && !origins_is_library(function) &&
	       !origins_is_startup(function);
}
