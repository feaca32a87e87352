/* SPDX-License-Identifier: MIT */
/*
 * modules.h - finds the module behind a code address of the recorded process.
 *
 * The process keeps a table of what its loader has loaded; entries are copied to the trace when
 * they appear. Code that is in no entry may belong to a library that libc opened behind the
 * loader's public calls (iconv, NSS): then the mappings of the process are looked at. Code that
 * belongs to no file (just-in-time compiled) stays an address; such ranges are remembered until
 * the table changes, so that they do not cost a look each.
 */
#ifndef TENURE_MODULES_H
#define TENURE_MODULES_H

#include <stddef.h>
#include <stdint.h>

#include "../trace/writer.h"
#include "process.h"
#include "region.h"

struct module_range; /* where a known module lies */
struct code_range; /* where code without a module lies */

struct modules {
	const struct region *region; /* none of these is owned */
	const struct process *process;
	struct writer *writer;
	const char *exe;
	bool mappings_foreign; /* the process has become another program: do not look at its maps */

	struct module_range *ranges;
	size_t range_count, range_capacity;
	size_t last_hit;
	uint32_t entries_copied;

	struct code_range *anonymous;
	size_t anonymous_count, anonymous_capacity;
	uint32_t seen_entries, seen_unloads; /* state of the table that `anonymous` belongs to */
	uint64_t looked_ns; /* when the mappings were read last */
};

void modules_init(struct modules *m, const struct region *region, const struct process *process,
		  struct writer *writer, const char *exe);
void modules_release(struct modules *m);

/* Copies entries that have become ready to the trace. */
void modules_update(struct modules *m);

/* Module of a frame (protocol.h), with the link-time address in *address; or 0, with the run-time
 * address. */
module_id modules_resolve(struct modules *m, uint64_t frame, uint64_t *address);

#endif
