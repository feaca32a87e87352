/* SPDX-License-Identifier: MIT */
#include "runtime.h"

#include <string.h>

#include "../util/origins.h"

#define DEPTH_MAX 1024u

static enum origin origin_of(const struct reader *reader, const struct trace_frame *frame)
{
	const struct trace_module *module = reader_module(reader, frame->module);

	return module ? origins_of_module(module->path) : ORIGIN_PROGRAM;
}

/* Functions of libc whose caller has to release something. */
static bool gives_away(const char *function)
{
	static const char *const names[] = {
		"asprintf",
		"vasprintf",
		"getline",
		"getdelim",
		"realpath",
		"canonicalize_file_name",
		"getcwd",
		"get_current_dir_name",
		"scandir",
		"scandir64",
		"open_memstream",
		"open_wmemstream",
		"fopen",
		"fopen64",
		"fdopen",
		"fmemopen",
		"fopencookie",
		"freopen",
		"tmpfile",
		"tmpfile64",
		"popen",
		"opendir",
		"fdopendir",
		"getaddrinfo",
		"regcomp",
		"glob",
		"glob64",
		"newlocale",
		"duplocale",
		"getifaddrs",
		"if_nameindex",
		"tempnam",
		"hcreate_r",
		"tsearch",
		"argz_create",
		"argz_add",
		"argz_append",
		"envz_add",
		"fts_open",
		"ftw",
		"wordexp",
		"iconv_open",
		"sem_open",
		"mq_open",
		"backtrace_symbols",
		"reallocarray",
		"posix_spawn_file_actions_addopen",
		"getgrent",
		"obstack_begin",
		"obstack_newchunk",
	};

	size_t length;
	const char *name = origins_libc_name(function, &length);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == length && !strncmp(name, names[i], length))
			return true;
	return false;
}

/* libc makes copies for itself, too: of the time zone's name, of a locale's. */
static bool copies(const char *function)
{
	size_t length;
	const char *name = origins_libc_name(function, &length);

	return (length == 6 && (!strncmp(name, "strdup", 6) || !strncmp(name, "wcsdup", 6))) ||
	       (length == 7 && !strncmp(name, "strndup", 7));
}

/* The innermost frames of libc, up to the function that the program called. */
static bool libc_keeps(struct frames *frames, stack_id stack)
{
	bool copied = false;

	for (uint32_t depth = 0; stack && depth < DEPTH_MAX; depth++) {
		const struct trace_frame *frame = reader_stack(frames->reader, stack);
		struct model_stack names;

		if (!frame || origin_of(frames->reader, frame) != ORIGIN_LIBC)
			return !copied;
		copied = false;
		names = frames_innermost(frames, stack);
		for (uint32_t i = 0; i < names.frame_count; i++)
			if (copies(names.frames[i].function))
				copied = true;
			else if (gives_away(names.frames[i].function))
				return false;
		stack = frame->parent;
	}
	return !copied;
}

/* Nobody but the runtime is in the stack: a constructor of the library's own. */
static bool nobody_called(const struct reader *reader, stack_id stack)
{
	for (uint32_t depth = 0; stack && depth < DEPTH_MAX; depth++) {
		const struct trace_frame *frame = reader_stack(reader, stack);

		if (!frame)
			break;
		if (frame->module && origin_of(reader, frame) == ORIGIN_PROGRAM)
			return false;
		stack = frame->parent;
	}
	return true;
}

bool runtime_keeps(struct frames *frames, stack_id stack)
{
	const struct reader *reader = frames->reader;
	const struct trace_frame *frame = reader_stack(reader, stack);

	while (frame && origin_of(reader, frame) == ORIGIN_RECORDER) {
		stack = frame->parent;
		frame = reader_stack(reader, stack);
	}
	if (!frame)
		return false;
	switch (origin_of(reader, frame)) {
	case ORIGIN_LIBC:
		return libc_keeps(frames, stack);
	case ORIGIN_LIBCXX:
		return nobody_called(reader, stack);
	default:
		return false;
	}
}

static bool is_python(const struct model_frame *frame)
{
	return !strcmp(frame->language, "python");
}

static bool is_importer(const struct model_frame *frame)
{
	return is_python(frame) && !strncmp(frame->file, "<frozen importlib", 17);
}

static bool is_set_up(const struct model_frame *frame)
{
	return !strncmp(frame->function, "Py_Initialize", 13) ||
	       !strcmp(frame->function, "Py_RunMain");
}

/* Whether, from inside, a frame is met that is one, and none before it that ends the search. */
static bool meets(struct frames *frames, stack_id stack, bool (*is_one)(const struct model_frame *),
		  bool (*is_end)(const struct model_frame *))
{
	for (uint32_t depth = 0; stack && depth < DEPTH_MAX; depth++) {
		const struct trace_frame *frame = reader_stack(frames->reader, stack);
		struct model_stack names;

		if (!frame)
			break;
		names = frames_innermost(frames, stack);
		for (uint32_t i = 0; i < names.frame_count; i++) {
			if (is_one(&names.frames[i]))
				return true;
			if (is_end && is_end(&names.frames[i]))
				return false;
		}
		stack = frame->parent;
	}
	return false;
}

bool runtime_sets_up(struct frames *frames, stack_id stack)
{
	return meets(frames, stack, is_set_up, is_python);
}

bool runtime_imports(struct frames *frames, stack_id stack)
{
	return meets(frames, stack, is_importer, NULL);
}

/* By the innermost function in Python, which C code may have been called from. */
bool runtime_loads(struct frames *frames, stack_id stack)
{
	return meets(frames, stack, is_importer, is_python);
}
