/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "trace_name.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/array.h"
#include "../util/message.h"

#define DEFAULT_PATTERN "%e.%p.tenure"
#define SUFFIX ".tenure"
#define MOST_VERSIONS 100000
#define SECOND_NS 1000000000u

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_folder(const char *path)
{
	struct stat status;
	size_t length = strlen(path);

	return (length && path[length - 1] == '/') ||
	       (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

/* Nothing else may ever be replaced: not devices, sockets, or what a link leads to. */
static bool is_replaceable(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int trace_name_init(struct trace_name *n, const char *pattern, bool overwrite)
{
	memset(n, 0, sizeof *n);
	n->overwrite = overwrite;
	n->constant = true;
	if (!pattern)
		pattern = DEFAULT_PATTERN;
	if (!*pattern)
		return error("the name of the trace is empty");
	if (!strcmp(pattern, "-")) {
		error("a trace needs a file, standard output will not do");
		hint("./- is a file of that name");
		return -1;
	}
	if (is_folder(pattern))
		n->pattern = arena_printf(&n->arena, "%s/%s", pattern, DEFAULT_PATTERN);
	else
		n->pattern = arena_strdup(&n->arena, pattern);
	for (const char *s = strchr(n->pattern, '%'); s; s = strchr(s + 2, '%')) {
		if (!s[1] || !strchr("epth%", s[1])) {
			error("%s: %%%c is none of %%e %%p %%t %%h %%%%", pattern,
			      s[1] ? s[1] : ' ');
			hint("write a percent sign as %%%%");
			trace_name_release(n);
			return -1;
		}
		n->constant &= s[1] == '%' || s[1] == 'h';
	}
	return 0;
}

void trace_name_literal(struct trace_name *n, const char *path)
{
	memset(n, 0, sizeof *n);
	n->literal = true;
	n->constant = true;
	n->pattern = arena_strdup(&n->arena, path);
}

void trace_name_release(struct trace_name *n)
{
	arena_release(&n->arena);
	free(n->made);
	memset(n, 0, sizeof *n);
}

static const char *expand(struct trace_name *n, const struct trace_program *program,
			  const char *invoked)
{
	const char *exe = base_name(invoked);
	const char *path = "";

	for (const char *s = n->pattern; *s;) {
		size_t plain = strcspn(s, "%");

		path = arena_printf(&n->arena, "%s%.*s", path, (int)plain, s);
		s += plain;
		if (!*s)
			break;
		if (s[1] == 'e')
			path = arena_printf(&n->arena, "%s%s", path, *exe ? exe : "unknown");
		else if (s[1] == 'p')
			path = arena_printf(&n->arena, "%s%d", path, (int)program->pid);
		else if (s[1] == 't')
			path = arena_printf(
				&n->arena, "%s%llu", path,
				(unsigned long long)(program->start_realtime_ns / SECOND_NS));
		else if (s[1] == 'h')
			path = arena_printf(&n->arena, "%s%s", path, program->host);
		else
			path = arena_printf(&n->arena, "%s%%", path);
		s += 2;
	}
	return path;
}

static const char *insert_pid(struct trace_name *n, const char *path, int32_t pid)
{
	size_t length = strlen(path), suffix = strlen(SUFFIX);

	if (length > suffix && !strcmp(path + length - suffix, SUFFIX))
		return arena_printf(&n->arena, "%.*s.%d%s", (int)(length - suffix), path, (int)pid,
				    SUFFIX);
	return arena_printf(&n->arena, "%s.%d", path, (int)pid);
}

/* Folder of a path as something to open. */
static const char *folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : arena_strndup(arena, path, (size_t)(slash - path));
}

/* Tries what the writer will do, with a file that is gone again afterwards. */
static int try_folder(const char *folder)
{
	char content[4096] = {0};
	char *path;
	int fd, saved = 0;

	if (asprintf(&path, "%s/.tenure-XXXXXX", folder) < 0)
		die("out of memory");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		saved = errno;
	} else {
		if (write(fd, content, sizeof content) != (ssize_t)sizeof content)
			saved = errno ? errno : ENOSPC;
		close(fd);
		unlink(path);
	}
	free(path);
	errno = saved;
	return saved ? -1 : 0;
}

int trace_name_check(const struct trace_name *n)
{
	struct trace_name copy = *n;
	struct trace_program program = {.exe = "", .host = ""};
	struct stat status;
	const char *folder, *path;
	int result = 0;

	memset(&copy.arena, 0, sizeof copy.arena);
	if (n->constant && !strstr(n->pattern, "%h")) {
		path = expand(&copy, &program, "");
		if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
			result = error("%s is not a regular file", path);
			hint("-o names another file");
		} else if (is_replaceable(path) && !n->overwrite) {
			result = error("%s exists already", path);
			hint("--force replaces it; -o names another file");
		}
	}
	folder = folder_of(&copy.arena, n->pattern);
	if (!result && !strchr(folder, '%') && try_folder(folder) != 0) {
		result = error("cannot write a trace to folder %s: %s", folder, strerror(errno));
		hint("-o names a file somewhere else");
	}
	arena_release(&copy.arena);
	return result;
}

static const char *absolute(struct trace_name *n, const char *path, bool is_pattern)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	const char *result = "";

	if (!here || *here != '/') {
		free(here);
		return path;
	}
	/* A percent sign in the folder's name means itself. */
	for (const char *s = here; *s; s++)
		result = arena_printf(&n->arena, is_pattern && *s == '%' ? "%s%c%%" : "%s%c",
				      result, *s);
	result = arena_printf(&n->arena, "%s/%s", result, path);
	free(here);
	return result;
}

const char *trace_name_absolute(struct trace_name *n)
{
	return absolute(n, n->pattern, true);
}

static bool is_ours(const struct trace_name *n, const char *path)
{
	for (size_t i = 0; i < n->made_count; i++)
		if (!strcmp(n->made[i], path))
			return true;
	return false;
}

struct writer *trace_name_open(struct trace_name *n, const struct trace_program *program,
			       const char *invoked, const char **path)
{
	const char *wanted = n->literal ? n->pattern : expand(n, program, invoked);
	struct writer *w;

	if (n->constant && n->taken)
		wanted = insert_pid(n, wanted, program->pid);
	n->taken = true;
	*path = wanted;
	w = writer_new(wanted, program);
	if (!w && errno == EEXIST && n->overwrite && !is_ours(n, wanted) &&
	    is_replaceable(wanted) && unlink(wanted) == 0)
		w = writer_new(wanted, program);
	for (int i = 2; !w && errno == EEXIST && !n->literal && i < MOST_VERSIONS; i++) {
		*path = arena_printf(&n->arena, "%s.%d", wanted, i);
		w = writer_new(*path, program);
	}
	if (w) {
		ARRAY_GROW(n->made, n->made_count + 1, n->made_capacity);
		n->made[n->made_count++] = *path;
	}
	return w;
}

const char *trace_name_from(struct trace_name *n, const char *trace, const char *other)
{
	size_t folder = (size_t)(base_name(trace) - trace);

	if (folder == (size_t)(base_name(other) - other) && !strncmp(trace, other, folder))
		return base_name(other);
	return absolute(n, other, false);
}
