/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <string.h>

#include "../profile/present.h"
#include "../util/message.h"
#include "open_trace.h"
#include "read_profile.h"
#include "successor.h"

bool load_open(struct load *l, const char *path)
{
	memset(l, 0, sizeof *l);
	l->path = path;
	if (read_profile_is_for(path))
		return read_profile(&l->profile, path);
	l->reader = open_trace(path);
	return l->reader != NULL;
}

static void build_trace(struct load *l, const struct build_options *options)
{
	struct successor successor;

	build_model(&l->build, l->reader, l->path, options);
	successor = successor_find(l->reader, l->path, &l->arena);
	l->build.model.run.successor = successor.program;
	l->build.model.run.successor_trace = successor.trace;
	for (uint32_t i = 0; i < l->build.note_count; i++)
		verbose("%s", l->build.notes[i]);
	l->model = &l->build.model;
}

bool load_model(struct load *l, const struct build_options *options)
{
	if (l->reader) {
		build_trace(l, options);
		return true;
	}
	if (options->generations && options->generations->clock != AGE_BYTES) {
		error("%s: a profile knows ages by bytes allocated since, not by time or by "
		      "allocations",
		      l->path);
		hint("--generations=64K,16M or 0.1x,3x; traces know the others, too");
		return false;
	}
	present_profile(&l->presented, &l->profile, l->path, options->generations, &options->shown,
			&l->arena);
	l->model = &l->presented;
	return true;
}

bool load_close(struct load *l)
{
	bool whole = true;

	if (l->reader) {
		whole = open_trace_is_whole(l->reader, l->path);
		build_release(&l->build);
		reader_free(l->reader);
	}
	profile_release(&l->profile);
	arena_release(&l->arena);
	return whole;
}
