/* SPDX-License-Identifier: MIT */
#include "types.h"

#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_objects.h"
#include "roots.h"

void types_init(struct types *types, size_t site_count, const struct trace_snapshot *snapshot)
{
	types->sites = xcalloc(site_count, sizeof *types->sites);
	types->site_count = site_count;
	types->snapshot = snapshot;
}

const char *types_of_site(const struct types *types, uint32_t site, struct frames *frames)
{
	const struct trace_module *module;
	int64_t offset_to_top;
	const char *name;
	uint32_t number;
	module_id id;

	if (site >= types->site_count || !types->sites[site].votes)
		return "";
	name = python_objects_name(types->snapshot, types->sites[site].vtable, TRACE_NAME_CLASS);
	if (name)
		return name;
	id = roots_module_at(frames->reader, types->sites[site].vtable, types->snapshot->stamp);
	module = reader_module(frames->reader, id);
	if (!module || !frames_symbol_module(frames, id, &number))
		return "";
	name = symbols_vtable(frames->symbols, number, types->sites[site].vtable - module->bias,
			      &offset_to_top);
	return name && !offset_to_top ? name : "";
}

void types_release(struct types *types)
{
	free(types->sites);
	memset(types, 0, sizeof *types);
}
