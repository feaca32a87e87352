/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "environment.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lock.h"
#include "syscalls.h"

#define PRELOAD "LD_PRELOAD="
#define OPTIONS "TENURE_OPTIONS="
#define VALUE_BYTES 4096u

extern void *__libc_stack_end; /* set by the loader: argc, argv, NULL, envp, NULL */

static char library[VALUE_BYTES];
static char options[VALUE_BYTES] = OPTIONS; /* with the name, as it stands in an environment */
static char user_preload[VALUE_BYTES]; /* LD_PRELOAD without our entry, with the name */

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char **environment_argv(void)
{
	return (char **)__libc_stack_end + 1;
}

static char **initial_envp(void)
{
	return environment_argv() + *(long *)__libc_stack_end + 1;
}

/* Length of the entry of a preload list that begins at s; entries end at a colon or blank. */
static size_t entry_length(const char *s)
{
	return strcspn(s, ": ");
}

/* Finds our entry in a preload list, by file name: the path may be written in several ways. */
static const char *find_own_entry(const char *list)
{
	const char *name = base_name(library);
	size_t name_length = strlen(name);

	for (const char *s = list; *s; s += *s ? 1 : 0) {
		size_t length = entry_length(s);

		if (length >= name_length && !memcmp(s + length - name_length, name, name_length) &&
		    (length == name_length || s[length - name_length - 1] == '/'))
			return s;
		s += length;
		if (!*s)
			break;
	}
	return NULL;
}

/* Takes our entry out of "LD_PRELOAD=list" into user_preload, which becomes "" if nothing else was
 * in it; an empty list of the user's is written as our entry and a colon. False if we are not in
 * the list or it does not fit. */
static bool separate_preload(const char *variable)
{
	const char *list = variable + strlen(PRELOAD);
	const char *own = find_own_entry(list);
	size_t before, skip;

	if (!own || strlen(variable) >= sizeof user_preload)
		return false;
	before = (size_t)(own - variable);
	skip = entry_length(own);
	if (own[skip])
		skip++;
	else if (own > list)
		before--; /* ours was last: drop the separator before it */
	memcpy(user_preload, variable, before);
	strcpy(user_preload + before, own + skip);
	if (own == list && !own[skip] && variable[strlen(variable) - 1] != ':')
		user_preload[0] = '\0';
	return true;
}

/* Takes our variables out of an environment, in place. */
static void hide(char **envp)
{
	char **to = envp;

	for (char **from = envp; *from; from++) {
		char *variable = *from;

		if (starts_with(variable, OPTIONS))
			continue;
		if (starts_with(variable, PRELOAD) && separate_preload(variable)) {
			if (!*user_preload)
				continue;
			variable = user_preload;
		}
		*to++ = variable;
	}
	*to = NULL;
}

void environment_start(void)
{
	Dl_info info;

	if (dladdr((void *)environment_start, &info) && info.dli_fname &&
	    strlen(info.dli_fname) < sizeof library)
		strcpy(library, info.dli_fname);
	for (char **variable = initial_envp(); *variable; variable++)
		if (starts_with(*variable, OPTIONS) && strlen(*variable) < sizeof options)
			strcpy(options, *variable);
	hide(initial_envp());
}

const char *environment_options(void)
{
	return options + strlen(OPTIONS);
}

const char *environment_library(void)
{
	return library;
}

void environment_add_option(const char *option)
{
	size_t used = strlen(options);

	if (used + strlen(option) + 2 > sizeof options)
		return;
	if (options[used - 1] != '=')
		options[used++] = ':';
	strcpy(options + used, option);
}

size_t environment_extended_bytes(char *const *envp)
{
	size_t count = 0, preload_bytes = strlen(PRELOAD);

	for (; envp && envp[count]; count++) {
		if (starts_with(envp[count], PRELOAD)) {
			if (find_own_entry(envp[count] + strlen(PRELOAD)))
				return 0; /* the program hands it on by itself */
			preload_bytes = strlen(envp[count]);
		}
	}
	return (count + 3) * sizeof(char *) + preload_bytes + strlen(library) + 2;
}

char **environment_extend(char *const *envp, void *room)
{
	char **extended = room;
	size_t count = 0, kept = 0, preload = SIZE_MAX;
	const char *users = "";
	bool has_options = false;
	char *text;

	for (; envp && envp[count]; count++) {
		if (starts_with(envp[count], PRELOAD)) {
			users = envp[count] + strlen(PRELOAD);
			preload = kept; /* stays in its place */
		}
		has_options |= starts_with(envp[count], OPTIONS);
		extended[kept++] = envp[count];
	}
	text = (char *)(extended + count + 3);
	extended[preload == SIZE_MAX ? kept++ : preload] = text;
	text = stpcpy(stpcpy(text, PRELOAD), library);
	if (preload != SIZE_MAX) /* even if it is empty: see separate_preload */
		strcpy(stpcpy(text, ":"), users);
	if (!has_options)
		extended[kept++] = options;
	extended[kept] = NULL;
	return extended;
}

static struct lock reveal_lock;
static unsigned reveal_count;
static char **hidden, **revealed; /* the program's own array, and our copy while it is in use */
static size_t revealed_bytes;

/* Room for a copy; kept for the next time. */
static void *room_of(size_t bytes)
{
	if (bytes > revealed_bytes) {
		if (revealed)
			sys_call(SYS_munmap, (long)revealed, (long)revealed_bytes, 0, 0, 0, 0);
		revealed = sys_map_private(bytes);
		revealed_bytes = revealed ? bytes : 0;
	}
	return revealed;
}

void environment_reveal(void)
{
	uint64_t mask = lock_acquire(&reveal_lock);
	size_t bytes = reveal_count++ == 0 ? environment_extended_bytes(environ) : 0;

	if (bytes && room_of(bytes)) {
		hidden = environ;
		environ = environment_extend(environ, revealed);
	}
	lock_release(&reveal_lock, mask);
}

/* The program gets its own array back, less what it removed meanwhile. If it made itself a new one
 * meanwhile (setenv does), our variables are taken out of that. */
static void end_reveal(void)
{
	if (!environ)
		return;
	hide(environ);
	if (!revealed || environ != revealed)
		return;
	for (size_t i = 0; hidden; i++) {
		hidden[i] = revealed[i];
		if (!revealed[i])
			break;
	}
	environ = hidden;
}

void environment_hide(void)
{
	uint64_t mask = lock_acquire(&reveal_lock);

	if (--reveal_count == 0)
		end_reveal();
	lock_release(&reveal_lock, mask);
}

void environment_forked(void)
{
	lock_reset(&reveal_lock);
	if (reveal_count)
		end_reveal();
	reveal_count = 0;
}
