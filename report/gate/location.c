/* SPDX-License-Identifier: MIT */
#include "location.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../../analyzer/util/human.h"
#include "../stack.h"

/* Takes "", "." and ".." out, and slashes at either end. Returns NULL if a relative path leads out of
 * where it begins; from the root of the file system there is no way up. */
static char *clean(const char *path)
{
	char *cleaned = xmalloc(strlen(path) + 1);
	bool absolute = *path == '/';
	size_t used = 0;

	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && !strncmp(path, "..", 2)) {
			if (!used && !absolute) {
				free(cleaned);
				return NULL;
			}
			while (used && cleaned[used - 1] != '/')
				used--;
			used -= used != 0;
		} else if (length && !(length == 1 && *path == '.')) {
			if (used)
				cleaned[used++] = '/';
			memcpy(cleaned + used, path, length);
			used += length;
		}
		path += length;
		path += *path == '/';
	}
	cleaned[used] = '\0';
	return cleaned;
}

char *location_cleaned(const char *path)
{
	char *cleaned = clean(path);

	while (!cleaned) {
		path = strchr(path, '/');
		if (!path)
			return clean("");
		cleaned = clean(++path);
	}
	return cleaned;
}

/* What is left of a cleaned path below a cleaned folder, NULL if it is not below it. */
static const char *below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	if (!length)
		return path;
	return !strncmp(path, folder, length) && path[length] == '/' ? path + length + 1 : NULL;
}

char *location_path(const char *path, const char *root)
{
	char *cleaned = clean(path);
	char *folder;
	const char *rest;

	if (cleaned && *path == '/') {
		folder = clean(root);
		rest = *root == '/' && folder ? below(cleaned, folder) : NULL;
		if (rest)
			memmove(cleaned, rest, strlen(rest) + 1);
		else
			*cleaned = '\0';
		free(folder);
	}
	if (cleaned && !*cleaned) {
		free(cleaned);
		return NULL;
	}
	return cleaned;
}

/* A module that a distribution put where it is. */
static bool is_installed(const char *module)
{
	static const char *const folders[] = {"/usr/",	 "/lib/", "/lib32/",
					      "/lib64/", "/bin/", "/sbin/"};

	if (!strncmp(module, "/usr/local/", strlen("/usr/local/")))
		return false;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (!strncmp(module, folders[i], strlen(folders[i])))
			return true;
	return false;
}

char *location_source(const struct model_frame *frame, const char *root)
{
	const char *file = frame->file;
	char *path, *module;

	if (!*file || *file == '<') /* "<built-in>" and the like are no files */
		return NULL;
	path = location_path(file, root);
	if (!path || *file == '/' || !is_installed(frame->module))
		return path;
	module = location_path(frame->module, root);
	if (!module) {
		free(path);
		return NULL;
	}
	free(module);
	return path;
}

/* Returns whether the stack has a frame in the project. */
static bool find_source(struct location *location, const struct model_stack *stack,
			const char *root)
{
	struct stack_range range = stack_shown(stack, false);

	for (uint32_t i = range.first; i < range.end; i++) {
		const struct model_frame *frame = &stack->frames[i];

		if (*frame->note || stack_is_library(frame))
			continue;
		location->path = location_source(frame, root);
		if (location->path) {
			location->stack = stack;
			location->frame = frame;
			location->line = frame->line;
			return true;
		}
	}
	return false;
}

static void find_module(struct location *location, const struct model_gate *gate,
			const struct model_gate_finding *finding)
{
	location->module = finding->program;
	if (location->frame && *location->frame->module)
		location->module = location->frame->module;
	else if (finding->processes && finding->process < gate->process_count)
		location->module = gate->processes[finding->process].program;
	location->module_path = location_path(location->module, gate->root);
	location->module_inside = location->module_path != NULL;
	if (!location->module_path)
		location->module_path = location_cleaned(location->module);
	if (!*location->module_path) { /* readers want one */
		free(location->module_path);
		location->module_path = strcpy(xmalloc(sizeof "unknown"), "unknown");
	}
}

void location_find(struct location *location, const struct model_gate *gate,
		   const struct model_gate_finding *finding)
{
	memset(location, 0, sizeof *location);
	if (!find_source(location, &finding->release, gate->root) &&
	    !find_source(location, &finding->stack, gate->root)) {
		location->stack = finding->release.frame_count ? &finding->release
							       : &finding->stack;
		location->frame = stack_own(location->stack);
		if (!location->frame)
			location->stack = NULL;
	}
	find_module(location, gate, finding);
}

void location_release(struct location *location)
{
	free(location->path);
	free(location->module_path);
	memset(location, 0, sizeof *location);
}

void location_offset(const struct model_frame *frame, char *text, size_t bytes)
{
	snprintf(text, bytes, "%s+0x%" PRIx64, human_basename(frame->module), frame->offset);
}
