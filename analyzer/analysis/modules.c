/* SPDX-License-Identifier: MIT */
#include "modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"

/* One time that a file was loaded. */
struct loading {
	const struct trace_module *module;
	module_id id;
};

static int compare_loadings(const void *a, const void *b)
{
	const struct loading *x = a;
	const struct loading *y = b;
	int order = strcmp(x->module->path, y->module->path);

	if (order)
		return order;
	return x->id < y->id ? -1 : x->id > y->id;
}

static const char *build_id_text(struct arena *arena, const struct trace_module *module)
{
	size_t text_bytes = 2 * (size_t)module->build_id_bytes + 1;
	char *text = arena_alloc(arena, text_bytes);

	for (size_t i = 0; i < module->build_id_bytes; i++)
		snprintf(text + 2 * i, 3, "%02x", module->build_id[i]);
	return text;
}

void modules_build(struct model *model, struct arena *arena, const struct reader *reader)
{
	uint32_t all = reader_module_count(reader), count = 0;
	struct loading *loadings = xcalloc(all, sizeof *loadings);
	struct model_module *modules;

	for (module_id id = 1; id <= all; id++)
		loadings[id - 1] = (struct loading){reader_module(reader, id), id};
	qsort(loadings, all, sizeof *loadings, compare_loadings);
	/* The last of each path stays. */
	for (uint32_t i = 0; i < all; i++) {
		const char *path = loadings[i].module->path;

		if (*path && (i + 1 == all || strcmp(path, loadings[i + 1].module->path) != 0))
			loadings[count++] = loadings[i];
	}
	modules = arena_alloc(arena, count * sizeof *modules);
	for (uint32_t i = 0; i < count; i++) {
		modules[i].path = arena_strdup(arena, loadings[i].module->path);
		modules[i].build_id = build_id_text(arena, loadings[i].module);
	}
	free(loadings);
	model->modules = modules;
	model->module_count = count;
}
