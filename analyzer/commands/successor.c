/* SPDX-License-Identifier: MIT */
#include "successor.h"

#include <stdlib.h>
#include <string.h>

#include "../util/human.h"

#define STEPS_MOST 100 /* a hostile trace may name itself */

/* Where the trace of the same process that follows is; NULL if the process ended. */
static const char *next_trace(const struct reader *reader, const char *path, struct arena *arena)
{
	const struct trace_end *end = reader_end(reader);
	const char *folder_end = strrchr(path, '/');
	int folder = folder_end ? (int)(folder_end - path) + 1 : 0;

	if (!end || end->kind != TRACE_END_EXEC)
		return NULL;
	for (uint32_t i = 0; i < reader_child_count(reader); i++) {
		const struct trace_child *child = reader_child(reader, i);

		if (child->pid == reader_program(reader)->pid)
			return arena_printf(arena, "%.*s%s", *child->trace_path == '/' ? 0 : folder,
					    path, child->trace_path);
	}
	return NULL;
}

struct successor successor_find(const struct reader *reader, const char *path, struct arena *arena)
{
	struct successor found = {NULL, NULL};
	struct reader *opened = NULL;

	for (int steps = 0; steps < STEPS_MOST; steps++) {
		const char *next = next_trace(opened ? opened : reader, path, arena);
		struct trace_error why;
		struct reader *successor = next ? reader_new(next, &why) : NULL;

		if (!successor)
			break;
		if (opened)
			reader_free(opened);
		opened = successor;
		path = next;
		found = (struct successor){
			arena_strdup(arena, human_basename(reader_program(opened)->exe)), path};
	}
	if (opened)
		reader_free(opened);
	return found;
}
