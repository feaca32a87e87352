/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "modules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/array.h"
#include "atomics.h"
#include "executable.h"

/* Reading the mappings of a large process takes a millisecond; a just-in-time compiler makes new
 * ones all the time. */
#define LOOK_INTERVAL_NS 10000000u
#define PATH_BYTES 4097

struct module_range {
	uint64_t start, end, bias;
	module_id id;
	uint16_t epoch;
};

struct code_range {
	uint64_t start, end;
};

void modules_init(struct modules *m, const struct region *region, const struct process *process,
		  struct writer *writer, const char *exe)
{
	memset(m, 0, sizeof *m);
	m->region = region;
	m->process = process;
	m->writer = writer;
	m->exe = exe;
}

void modules_release(struct modules *m)
{
	free(m->ranges);
	free(m->anonymous);
	memset(m, 0, sizeof *m);
}

static void add(struct modules *m, const struct trace_module *module, uint16_t epoch)
{
	struct module_range *range;

	ARRAY_GROW(m->ranges, m->range_count + 1, m->range_capacity);
	range = &m->ranges[m->range_count++];
	range->start = module->start;
	range->end = module->end;
	range->bias = module->bias;
	range->epoch = epoch;
	range->id = writer_module(m->writer, module);
}

void modules_update(struct modules *m)
{
	uint32_t used = load_acquire(&m->region->header->modules_used);
	uint32_t unloads = load_relaxed(&m->region->header->unload_count);
	struct module_entry entry;
	char path[PATH_BYTES];

	for (; m->entries_copied < used; m->entries_copied++) {
		struct trace_module module = {.path = path};

		if (!region_module(m->region, m->entries_copied, &entry))
			break;
		region_name(m->region, entry.path_offset, entry.path_bytes, path, sizeof path);
		if (!entry.path_bytes)
			module.path = m->exe;
		module.bias = entry.bias;
		module.start = entry.start;
		module.end = entry.end;
		module.load_stamp = entry.load_stamp;
		module.build_id_bytes = entry.build_id_bytes < 20 ? entry.build_id_bytes : 20;
		memcpy(module.build_id, entry.build_id, module.build_id_bytes);
		add(m, &module, entry.epoch);
	}
	if (m->seen_entries == m->entries_copied && m->seen_unloads == unloads)
		return;
	m->seen_entries = m->entries_copied;
	m->seen_unloads = unloads;
	m->anonymous_count = 0;
}

static bool covers(const struct module_range *range, uint64_t address, uint16_t epoch)
{
	return range->epoch == epoch && address >= range->start && address < range->end;
}

/* Later entries first: should epochs ever wrap around, the older one is the stale one. */
static const struct module_range *find(struct modules *m, uint64_t address, uint16_t epoch)
{
	if (m->last_hit < m->range_count && covers(&m->ranges[m->last_hit], address, epoch))
		return &m->ranges[m->last_hit];
	for (size_t i = m->range_count; i-- > 0;) {
		if (covers(&m->ranges[i], address, epoch)) {
			m->last_hit = i;
			return &m->ranges[i];
		}
	}
	return NULL;
}

static bool is_anonymous(const struct modules *m, uint64_t address)
{
	for (size_t i = 0; i < m->anonymous_count; i++)
		if (address >= m->anonymous[i].start && address < m->anonymous[i].end)
			return true;
	return false;
}

static void add_anonymous(struct modules *m, uint64_t start, uint64_t end)
{
	ARRAY_GROW(m->anonymous, m->anonymous_count + 1, m->anonymous_capacity);
	m->anonymous[m->anonymous_count].start = start;
	m->anonymous[m->anonymous_count++].end = end;
}

/* One line of /proc/PID/maps that covers the address. */
struct mapping {
	uint64_t start, end, offset;
	bool executable;
	char path[PATH_BYTES];
};

static bool read_mapping(const struct process *process, uint64_t address, struct mapping *mapping)
{
	FILE *maps = process_file(process, "maps");
	size_t line_bytes = 0;
	bool found = false;
	char *line = NULL;

	while (maps && !found && getline(&line, &line_bytes, maps) > 0) {
		char permissions[5] = "";

		mapping->path[0] = '\0';
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %4096[^\n]",
			   &mapping->start, &mapping->end, permissions, &mapping->offset,
			   mapping->path) < 4)
			continue;
		found = address >= mapping->start && address < mapping->end;
		mapping->executable = permissions[2] == 'x';
	}
	free(line);
	if (maps)
		fclose(maps);
	return found;
}

/* Describes the module that a mapping is a part of; false if it is of no ELF file. */
static bool describe(const struct process *process, const struct mapping *mapping,
		     struct trace_module *module)
{
	struct executable file;
	uint64_t address, low, high;
	bool known = false;
	int fd;

	/* Devices block or act when opened; memory files hold code that has no name. */
	if (mapping->path[0] != '/' || !strncmp(mapping->path, "/dev/", 5) ||
	    !strncmp(mapping->path, "/memfd:", 7) || !strncmp(mapping->path, "/SYSV", 5))
		return false;
	fd = process_open_path(process, mapping->path);
	if (fd < 0)
		return false;
	executable_read(&file, fd);
	if (file.kind == EXECUTABLE_NATIVE &&
	    executable_code_address(&file, mapping->offset, &address)) {
		executable_range(&file, &low, &high);
		module->path = mapping->path;
		module->bias = mapping->start - address;
		module->start = module->bias + low;
		module->end = module->bias + high;
		module->build_id_bytes = executable_build_id(&file, module->build_id);
		known = true;
	}
	executable_release(&file);
	close(fd);
	return known;
}

static void look_at_mappings(struct modules *m, uint64_t address, uint16_t epoch)
{
	struct trace_module module = {0};
	struct mapping mapping;
	uint64_t now_ns = process_now_ns();

	if (m->mappings_foreign || now_ns - m->looked_ns < LOOK_INTERVAL_NS)
		return;
	m->looked_ns = now_ns;
	if (!read_mapping(m->process, address, &mapping) || !mapping.executable)
		return;
	if (describe(m->process, &mapping, &module))
		add(m, &module, epoch);
	else
		add_anonymous(m, mapping.start, mapping.end);
}

module_id modules_resolve(struct modules *m, uint64_t frame, uint64_t *address)
{
	uint64_t runtime = frame & FRAME_ADDRESS_MASK;
	uint16_t epoch = (uint16_t)(frame >> FRAME_ADDRESS_BITS);
	const struct module_range *range;

	*address = runtime;
	if (runtime < 4096)
		return 0; /* a pseudo frame */
	range = find(m, runtime, epoch);
	if (!range) {
		modules_update(m);
		range = find(m, runtime, epoch);
	}
	if (!range && !is_anonymous(m, runtime)) {
		look_at_mappings(m, runtime, epoch);
		range = find(m, runtime, epoch);
	}
	if (!range)
		return 0;
	*address = runtime - range->bias;
	return range->id;
}
